"""Japanese for what the shell commands say, their mistakes and their advice, by the English."""

from __future__ import annotations

from typing import Final

_SAID: Final = {
    "Log: {path}": "ログ: {path}",
    "The state folder cannot be written. What you asked for is kept in {folder}.": (
        "状態フォルダに書き込めないため、ご指示のファイルは {folder} に残しました。"
    ),
    "Asking {service} ...": "{service} に質問しています ...",
    "Asking {service} with {file} ...": "{service} に {file} で質問しています ...",
    "Written": "文面",
    "Answer written to {path}.": "応答を保存しました: {path}",
    "Answer: {path}": "応答の音声: {path}",
    "Written to {path}.": "保存しました: {path}",
    "The answer was not heard: {why}.": "応答を再生できませんでした: {why}。",
    "not written down": "文字起こしなし",
    "no reason given": "理由の説明なし",
    "no reason given.": "理由の説明なし。",
    "Latency: first byte of the answer after {ms:.0f} ms": (
        "遅延: 応答の最初のバイトまで {ms:.0f} ms"
    ),
    "first sound after {ms:.0f} ms": "最初の音まで {ms:.0f} ms",
    "No terminal here: one spoken exchange in plain text.": (
        "端末がありません。音声のやり取りを1回行い、文字で示します。"
    ),
    "a function needs `allowed = true` in config.toml to run from here": (
        "ここで関数を実行するには config.toml に `allowed = true` が必要です"
    ),
    "{id}: deleted.": "{id}: 削除しました。",
    "The service keeps no assistant; `voicetui assistants create` makes one.": (
        "サービスにアシスタントはありません。`voicetui assistants create` で作れます。"
    ),
    "The assistant": "アシスタント",
    "made.": "作成しました。",
    "changed.": "変更しました。",
    "Talk to it: {command}": "話すには: {command}",
    "set, not shown": "設定あり (表示しません)",
    "not set": "設定なし",
    "(unset)": "(未設定)",
    "stored key for {name}: in {where}; a variable goes before it": (
        "{name} の保存したキー: {where}。環境変数が優先します"
    ),
    "in {where}, not shown": "{where} にあり (表示しません)",
    "flag {name}": "フラグ {name}",
    "environment {name}": "環境変数 {name}",
    "picked on the screen": "画面で選択",
    "It is kept as it is; voicetui does not start before it is right.": (
        "そのまま残します。直すまで voicetui は起動しません。"
    ),
    "{path} does not exist; every setting has its default.": (
        "{path} はありません。すべての設定は既定のままです。"
    ),
    "{path}: {counted}, nothing wrong.": "{path}: {counted}、問題ありません。",
    "1 setting": "設定 1 件",
    "{count} settings": "設定 {count} 件",
    "{path}: {name} is not set.": "{path}: {name} は設定なし。",
    "{path}: {name} = {value}": "{path}: {name} = {value}",
    "1 function": "関数 1 件",
    "{count} functions": "関数 {count} 件",
    "1 key of your own": "独自のキー 1 件",
    "{count} keys of your own": "独自のキー {count} 件",
    "{program} ended with code {code}.": "{program} がコード {code} で終わりました。",
    "[e]dit again, or [l]eave it?": "[e] もう一度編集、[l] このまま?",
    "{id} is now: {title}": "{id} の新しい題名: {title}",
    "{id} is gone: {title}": "{id} を完全に削除しました: {title}",
    "{id} is deleted: {title}. `{command}` undoes it.": (
        "{id} を削除しました: {title}。`{command}` で元に戻せます。"
    ),
    "{id} is back: {title}": "{id} を元に戻しました: {title}",
    "`{command}` goes on with it.": "`{command}` で続けられます。",
    "It could not be checked whether the service knows {id}: {why}": (
        "サービスが {id} を知っているか確認できません: {why}"
    ),
    "Nothing can be saved: {why}": "何も保存できません: {why}",
    "The key for {name} is kept in {where}.": "{name} のキーは {where} に保存しました。",
    "{variable} is set, and goes before it.": "{variable} が設定されていて、優先します。",
    "Key for {name} (not shown):": "{name} のキー (表示しません):",
    "The key for {name} was deleted from {where}.": "{name} のキーを {where} から削除しました。",
    "{variable} is still set.": "{variable} は設定されたままです。",
    "No key. Set OPENAI_API_KEY, or store one with `voicetui key set`.": (
        "キーがありません。OPENAI_API_KEY に設定するか `voicetui key set` で保存してください。"
    ),
    "{path} does not exist: nothing was written yet.": (
        "{path} はありません。まだ何も書かれていません。"
    ),
    "No wire log is set: name the call's file with --wire-log FILE, or set [log] wire_file.": (
        "通信記録の場所が分かりません。--wire-log FILE で通話のファイルを指定するか、"
        "[log] wire_file を設定してください。"
    ),
    "{path} is empty.": "{path} は空です。",
    "All words of calls are written to {path} (--of wire shows its end).": (
        "通話の言葉はすべて {path} に記録されます (--of wire で末尾を表示)。"
    ),
    "written": "保存",
    "sound": "音声",
    "{s:,.0f} s into the call": "通話開始から {s:,.0f} 秒",
    "echo control: {mode}": "エコー対策: {mode}",
    "{s:.0f} s, peak {db} dBFS": "{s:.0f} 秒、最大 {db} dBFS",
    "Playing: {name}; ctrl+c ends it.": "再生中: {name}。ctrl+c で終わります。",
    "Serving on this machine only; the key that was set is needed. Ctrl+C ends it.": (
        "この機械からだけ接続できます。設定したキーが必要です。Ctrl+C で終わります。"
    ),
    "Serving on this machine only; any key is accepted. Ctrl+C ends it.": (
        "この機械からだけ接続できます。キーは何でもかまいません。Ctrl+C で終わります。"
    ),
    "Open this address in a browser on this machine; whoever has it can talk here:": (
        "このアドレスをこの機械のブラウザーで開いてください。知る人は誰でもここで話せます:"
    ),
    "Microphone and loudspeaker are those of this machine. Ctrl+C ends it.": (
        "マイクとスピーカーはこの機械のものです。Ctrl+C で終わります。"
    ),
    "No browser could be started from here: open the address yourself.": (
        "ここではブラウザーを起動できません。アドレスを自分で開いてください。"
    ),
    "Details are in {path}.": "詳細は {path} にあります。",
    "The log could not be written.": "ログに書けませんでした。",
    "voicetui failed": "voicetui が失敗しました",
    "Nothing was changed.": "何も変更していません。",
}

_ASK: Final = {
    "One question": "質問は1つです",
    "give a text in quotes, or --audio FILE; words beside a recording go into --text.": (
        "引用符で囲んだ文か --audio FILE を指定します。録音に添える言葉は --text に書きます。"
    ),
    "No question": "質問がありません",
    "give a text in quotes or through a pipe, or --audio FILE.": (
        "引用符で囲んだ文、パイプ、または --audio FILE で指定してください。"
    ),
    "the text is empty.": "文が空です。",
    "One place": "出力先は1つです",
    "choose --play or --out.": "--play か --out のどちらかを選んでください。",
    "One output": "出力は1つです",
    "choose --json or --out -.": "--json か --out - のどちらかを選んでください。",
    "No sound for a terminal": "端末に音声は出せません",
    "--out - needs a pipe or a file.": "--out - にはパイプかファイルが必要です。",
    "{name}: --format says which of md, json and wav.": (
        "{name}: md、json、wav のどれかを --format で指定してください。"
    ),
    "No such form": "この形式では保存できません",
    "{name}: an answer is written as .wav, with --session audio as .mp3, .flac or .opus too.": (
        "{name}: 応答は .wav で保存します。--session audio では .mp3、.flac、.opus も使えます。"
    ),
    "The recording cannot be read": "録音を読み込めません",
    "The recording cannot be used": "録音を使えません",
    "The recording is empty": "録音が空です",
    "{name} has no bytes.": "{name} は 0 バイトです。",
    "The recording is no WAV file": "録音は WAV ファイルではありません",
    "{name}: convert it first, such as with ffmpeg.": (
        "{name}: 先に ffmpeg などで変換してください。"
    ),
    "the file could not be read": "ファイルを読み込めません",
    "Not with {kind}": "{kind} では使えません",
    " and ": " と ",
    "an answer as .{form}": ".{form} の応答",
    "a recording as .mp3": ".mp3 の録音",
    "{what} need --session audio.": "{what} には --session audio が必要です。",
    "{what} needs --session audio.": "{what} には --session audio が必要です。",
    "The answer cannot be written": "応答を保存できません",
    "Its beginning is in {path}.": "初めの部分は {path} にあります。",
    "Make room there, or name another folder in TMPDIR.": (
        "空きを作るか、TMPDIR で別のフォルダーを指定してください。"
    ),
    "it is a folder": "フォルダーです",
    "it is a link; name the file itself": "リンクです。ファイル自体を指定してください",
    "it is no file": "ファイルではありません",
    "its folder does not exist": "フォルダーがありません",
    "no permission": "権限がありません",
    "No sound": "音声がありません",
    "Held with another service": "別のサービスとの会話です",
    "the service answered without sound; nothing was written.": (
        "応答に音声がありません。何も保存していません。"
    ),
    "the service answered without sound.": "応答に音声がありません。",
    "No answer": "応答がありません",
    "the service answered with nothing.": "サービスの応答が空でした。",
    "the connection broke in it; ask once more.": (
        "応答中に接続が切れました。もう一度質問してください。"
    ),
    "No answer in time": "時間内に応答がありません",
    "waited {s} s for {service}.": "{service} を {s} 秒待ちました。",
    "waited {s} s.": "{s} 秒待ちました。",
    "The answer failed": "応答が失敗しました",
    "Nothing was asked": "質問していません",
    "{service} refused": "{service} が拒否しました",
    "{service} cannot be used": "{service} を使えません",
    "The output cannot be written": "出力を書けません",
}

_HISTORY: Final = {
    "Only sound is stereo": "ステレオは音声だけです",
    "add --format wav.": "--format wav を加えてください。",
    "a WAV file needs --out PATH, or a pipe.": "WAV には --out PATH かパイプが必要です。",
    "Nothing to take up": "取り込むものがありません",
    "{service} does not know {id}.": "{service} は {id} を知りません。",
    "Thread or conversation?": "スレッドか会話か分かりません",
    "the id begins with neither thread_ nor conv_: add --kind assistants or --kind responses.": (
        "ID が thread_ でも conv_ でも始まりません。"
        "--kind assistants か --kind responses を加えてください。"
    ),
    "More than one conversation": "会話を1つに絞れません",
    "{word} is the beginning of {some}.": "{word} で始まるもの: {some}。",
    "{word} is the beginning of {some} and others.": "{word} で始まるもの: {some} ほか。",
    "That conversation is not deleted": "その会話は削除されていません",
    "That conversation is deleted": "その会話は削除されています",
    "`voicetui history undelete {id}` brings it back.": (
        "`voicetui history undelete {id}` で元に戻せます。"
    ),
    "No id": "ID がありません",
    "that cannot be the id of a conversation.": "会話の ID ではありません。",
    "The export cannot be written": "書き出せません",
    "No sound is kept of this conversation": "この会話の音声は保存されていません",
    "it was typed, saved without sound ([history] audio), or its sound was the oldest "
    "([history] audio_limit_mb).": (
        "文字だけの会話か、音声なしの保存 ([history] audio) か、"
        "古い音声として削除されました ([history] audio_limit_mb)。"
    ),
    "Too long for a WAV file": "WAV ファイルには長すぎます",
    "it can hold 4 GB.": "4 GB までです。",
    "History is closed": "履歴は閉じています",
    "the program is ending.": "プログラムは終了中です。",
    "History failed": "履歴の処理が失敗しました",
    "Not saved": "保存していません",
    "Bundle cannot be read": "報告を読み込めません",
    "Sound cannot be played": "音声を再生できません",
    "{path}: it is no folder": "{path}: フォルダーではありません",
    "no loudspeaker was found": "スピーカーが見つかりません",
    "{path}: a recording is .wav or .flac": "{path}: 録音は .wav か .flac です",
    "The recording cannot be written": "録音を保存できません",
    "Sound cannot be written": "音声を保存できません",
    "{path} is a folder.": "{path} はフォルダーです。",
    "{path} is no file.": "{path} はファイルではありません。",
    "{path} is no bundle, or a damaged one ({why}).": (
        "{path} は報告ではないか、壊れています ({why})。"
    ),
    "{path} is no bundle: {why}.": "{path} は報告ではありません: {why}。",
    "{path} is a zip file, but no bundle of voicetui.": (
        "{path} は zip ですが、voicetui の報告ではありません。"
    ),
    "{path} is larger than any bundle ({mb} MB).": "{path} は報告の上限 ({mb} MB) を超えています。",
    "{path} has {count} members; a bundle has {usual}.": (
        "{path} の中身は {count} 個です。報告なら {usual} 個です。"
    ),
    "{path} has a member {name} that no bundle has.": "{path} に報告にはない {name} があります。",
    "{path} has a member twice.": "{path} に同じ名前の中身が2つあります。",
    "{path} has a form ({form}) that this voicetui does not know.": (
        "{path} の形式 ({form}) をこの版は知りません。"
    ),
    "{path} has a {name} of more than {count} bytes.": (
        "{path} の {name} が {count} バイトを超えています。"
    ),
    "{path} has a {name} that is no JSON object.": (
        "{path} の {name} は JSON オブジェクトではありません。"
    ),
    "{path} has a {name} that is no JSON ({why}).": (
        "{path} の {name} は JSON ではありません ({why})。"
    ),
    "{path} has a {name} that is no WAV of voicetui.": (
        "{path} の {name} は voicetui の WAV ではありません。"
    ),
    "Conversation": "会話",
    "System": "システム",
    "interrupted; not heard:": "割り込み。聞いていない部分:",
    "no text": "文字なし",
    "not heard": "聞いていません",
}

_SERVICES: Final = {
    "Service cannot be used": "サービスを使えません",
    "--service is openai, azure, or the address of a compatible service, "
    "such as http://127.0.0.1:8000/v1.": (
        "--service は openai、azure、または http://127.0.0.1:8000/v1 のような"
        "互換サービスのアドレスです。"
    ),
    "Key cannot be used": "キーを使えません",
    "What was given is empty. Nothing was stored.": "入力が空です。何も保存していません。",
    "What was given holds a space, a line break or a character no key has. Nothing was stored.": (
        "空白、改行、またはキーにない文字が含まれています。何も保存していません。"
    ),
    "{source} holds a space, a line break or a character no key has. Copy it again.": (
        "{source} に空白、改行、またはキーにない文字が含まれています。コピーし直してください。"
    ),
    "No such key": "そのキーはありません",
    "No key is stored for {name}.": "{name} のキーは保存されていません。",
    "Key cannot be found": "キーが見つかりません",
    "The key for {name} was put into the keyring, and is not there now. "
    "`voicetui key set --service {name}` stores it again.": (
        "{name} のキーはキーリングに保存されましたが、今はありません。"
        "`voicetui key set --service {name}` で保存し直せます。"
    ),
    "The key for {name} was put into the keyring, and is not there now (there is no keyring "
    "here). `voicetui key set --service {name}` stores it again.": (
        "{name} のキーはキーリングに保存されましたが、ここにキーリングがありません。"
        "`voicetui key set --service {name}` で保存し直せます。"
    ),
    "Keyring cannot be used": "キーリングを使えません",
    "it failed ({name})": "失敗しました ({name})",
    "it did not answer": "応答がありません",
    "{why}. Unlock it, or set OPENAI_API_KEY (or AZURE_OPENAI_API_KEY).": (
        "{why}。ロックを解除するか、OPENAI_API_KEY (か AZURE_OPENAI_API_KEY) を設定してください。"
    ),
    "Key file cannot be used": "キーのファイルを使えません",
    "{path} cannot be read ({why}): it must be a file of your own.": (
        "{path} を読み込めません ({why})。自分のファイルでなければなりません。"
    ),
    "{path} is no file. Remove it and run `voicetui key set`.": (
        "{path} はファイルではありません。削除して `voicetui key set` を実行してください。"
    ),
    "{path} belongs to another user. Remove it and run `voicetui key set`.": (
        "{path} は別の利用者のものです。削除して `voicetui key set` を実行してください。"
    ),
    "{path} can be read by others (mode {mode}). Get a new key from the service if it may have "
    "been read, then `chmod 600` the file.": (
        "{path} を他人が読めます (モード {mode})。読まれたおそれがあれば新しいキーを取得し、"
        "ファイルを `chmod 600` してください。"
    ),
    "{path} is damaged. Remove it and run `voicetui key set`.": (
        "{path} が壊れています。削除して `voicetui key set` を実行してください。"
    ),
    "{path} cannot be written: {why}.": "{path} に書けません: {why}。",
    "This conversation was held with the embedded service: add --demo to go on there.": (
        "この会話は内蔵サービスとのものです。続けるには --demo を加えてください。"
    ),
    "No Azure address": "Azure のアドレスがありません",
    "Set AZURE_OPENAI_ENDPOINT to the address of the resource, such as "
    "https://NAME.openai.azure.com.": (
        "AZURE_OPENAI_ENDPOINT にリソースのアドレスを設定してください。"
        "例 https://NAME.openai.azure.com"
    ),
    "No Azure deployment": "Azure のデプロイがありません",
    "Set AZURE_OPENAI_DEPLOYMENT (or --model) to the name of the deployment.": (
        "AZURE_OPENAI_DEPLOYMENT (か --model) にデプロイの名前を設定してください。"
    ),
    "No address": "アドレスがありません",
    "A compatible service needs one: --base-url http://HOST:PORT/v1 (or OPENAI_BASE_URL).": (
        "互換サービスには必要です: --base-url http://HOST:PORT/v1 (か OPENAI_BASE_URL)。"
    ),
    "Address cannot be used": "アドレスを使えません",
    "{url} ({source}) must begin with http://, https://, ws:// or wss:// and name a host.": (
        "{url} ({source}) は http://、https://、ws://、wss:// で始まり、"
        "ホスト名を含まなければなりません。"
    ),
    "No deployment given: set AZURE_OPENAI_DEPLOYMENT to the name of your deployment.": (
        "デプロイがありません。AZURE_OPENAI_DEPLOYMENT にその名前を設定してください。"
    ),
    "No model given: use --model, for example --model gpt-realtime-2.1.": (
        "モデルがありません。--model gpt-realtime-2.1 のように指定してください。"
    ),
    "No address given: set AZURE_OPENAI_ENDPOINT, for example https://NAME.openai.azure.com.": (
        "アドレスがありません。AZURE_OPENAI_ENDPOINT を設定してください。"
        "例 https://NAME.openai.azure.com"
    ),
    "No address given: use --base-url, for example http://127.0.0.1:8000/v1.": (
        "アドレスがありません。--base-url http://127.0.0.1:8000/v1 のように指定してください。"
    ),
    "The address {url} does not start with http://, https://, ws:// or wss://.": (
        "アドレス {url} が http://、https://、ws://、wss:// で始まりません。"
    ),
    "The address {url} has no usable host name.": "アドレス {url} に使えるホスト名がありません。",
    "The address {url} has no usable port.": "アドレス {url} に使えるポートがありません。",
    "The address {url} is not a URL: {problem}.": (
        "アドレス {url} は URL ではありません: {problem}。"
    ),
    "The address {url} is no address of a service: write for example http://127.0.0.1:8000/v1.": (
        "アドレス {url} はサービスのものではありません。例 http://127.0.0.1:8000/v1"
    ),
    "The address holds a user name or password; give the key as OPENAI_API_KEY instead.": (
        "アドレスに利用者名かパスワードがあります。キーは OPENAI_API_KEY で渡してください。"
    ),
    "The key holds a space, a line break or a character that no key has; copy it again, "
    "without quotes.": (
        "キーに空白、改行、またはキーにない文字があります。引用符なしでコピーし直してください。"
    ),
    "No key given: set AZURE_OPENAI_API_KEY.": (
        "キーがありません。AZURE_OPENAI_API_KEY を設定してください。"
    ),
    "No key given: set OPENAI_API_KEY.": "キーがありません。OPENAI_API_KEY を設定してください。",
    "it comes with the extra `demo`: in a checkout, pipx install --force '.[demo]' "
    "(or .venv/bin/pip install -e '.[demo]').": (
        "追加機能 `demo` に含まれます。チェックアウトで pipx install --force '.[demo]' "
        "(か .venv/bin/pip install -e '.[demo]')。"
    ),
    "it comes with the extra `web`: in a checkout, pipx install --force '.[demo,web]' "
    "(or .venv/bin/pip install -e '.[web]').": (
        "追加機能 `web` に含まれます。チェックアウトで pipx install --force '.[demo,web]' "
        "(か .venv/bin/pip install -e '.[web]')。"
    ),
    "Missing: {names}.": "ないもの: {names}。",
    "The page is not installed": "ページがインストールされていません",
    "{why} (log: {path}).": "{why} (ログ: {path})。",
    "it said nothing for {s} s": "{s} 秒間、何も言いません",
    "it did not say where it listens": "待ち受けの場所を言いません",
    "it ended at once": "すぐに終わりました",
    "Cannot serve": "待ち受けできません",
    "port {port} is in use; choose another with --port.": (
        "ポート {port} は使用中です。--port で別の番号を選んでください。"
    ),
    "port {port} cannot be used ({why}); choose another with --port.": (
        "ポート {port} は使えません ({why})。--port で別の番号を選んでください。"
    ),
    "Nothing to change": "変更する項目がありません",
    "Say what: {names}.": "指定できるもの: {names}。",
    "No such assistant": "そのアシスタントはありません",
    "The service knows no {id}; `voicetui assistants` lists what it has.": (
        "サービスは {id} を知りません。`voicetui assistants` で一覧を示します。"
    ),
    "No assistants here": "ここにアシスタントはありません",
    "This service has no Assistants API (OpenAI switched it off on 2026-08-26); "
    "`--session responses` keeps conversations there.": (
        "このサービスに Assistants API はありません (OpenAI では 2026-08-26 に終了)。"
        "`--session responses` なら会話をサービスに残せます。"
    ),
    "The service refused": "サービスが拒否しました",
    "The service answered with nothing.": "サービスの応答が空でした。",
}

_FILES: Final = {
    "Settings cannot be used": "設定を使えません",
    "Settings cannot be read": "設定を読み込めません",
    "Settings cannot be written": "設定を保存できません",
    "Setting cannot be used": "設定の値を使えません",
    "Tools cannot be used": "ツールを使えません",
    "{path}: it is not UTF-8 text.": "{path}: UTF-8 の文字ではありません。",
    "it is not TOML: {why}.": "TOML ではありません: {why}。",
    "its form is too unusual; `voicetui config edit` opens it.": (
        "書き方が特殊です。`voicetui config edit` で開けます。"
    ),
    "not TOML: {why}": "TOML ではありません: {why}",
    "{name} is a section: write [{name}]": "{name} は節です。[{name}] と書いてください",
    "{name} must be {allowed}, not {value}": "{name} は {allowed} です ({value} は不可)",
    "one of {choices}": "{choices} のいずれか",
    "a text in quotes": "引用符で囲んだ文字",
    "true or false": "true か false",
    "a whole number": "整数",
    "a number": "数",
    "a whole number from {low} to {high}": "{low} から {high} までの整数",
    "a number from {low} to {high}": "{low} から {high} までの数",
    "did you mean {near}?": "{near} ですか?",
    "{name} belongs into [{section}]": "{name} は [{section}] に書きます",
    "it belongs into [{section}]": "[{section}] に書きます",
    "unknown section [{name}]": "[{name}] という節はありません",
    "there are {names}": "候補: {names}",
    'unknown setting "{name}" in [{section}]': "[{section}] に {name} という設定はありません",
    "{name}: keys are not kept in this file; put them into the environment (OPENAI_API_KEY or "
    "AZURE_OPENAI_API_KEY)": (
        "{name}: キーはこのファイルに書けません。"
        "環境変数 (OPENAI_API_KEY か AZURE_OPENAI_API_KEY) に設定してください"
    ),
    'there is no key "{name}" in [keys]': "[keys] に {name} というキーはありません",
    "voicetui's help (?) names them": "名前は voicetui のヘルプ (?) にあります",
    '{name} in [keys] must be a text such as "x" or "space f5"': (
        '[keys] の {name} は "x" や "space f5" のような文字です'
    ),
    '{name} in [keys]: "{word}" is text while you type; take ctrl or F1 to F12': (
        '[keys] の {name}: "{word}" は入力中の文字になります。ctrl か F1 から F12 を使ってください'
    ),
    '{name} in [keys]: "{word}" is {other} already;': (
        '[keys] の {name}: "{word}" はすでに {other} です、'
    ),
    '{name} in [keys]: "{word}" {problem}': '[keys] の {name}: "{word}" {problem}',
    "give one of both another key": "どちらかを別のキーにしてください",
    "cannot be read: {why}": "読み込めません: {why}",
    "tools are tables: write [[tools]]": "ツールは表です。[[tools]] と書いてください",
    "there are {count} tools called {name}": "{name} というツールが {count} 個あります",
    "unknown {word};": "{word} はありません、",
    "name must be letters, digits, _ and -, 64 at most": ("name は英数字、_、- で64文字までです"),
    'command is a list: ["program", "argument"]': 'command は一覧です: ["program", "argument"]',
    "command is missing: a list of the program and its arguments": (
        "command がありません。プログラムと引数の一覧です"
    ),
    'parameters must be a JSON schema with type = "object"': (
        'parameters は type = "object" の JSON スキーマです'
    ),
    "description is a text, allowed is true or false": (
        "description は文字、allowed は true か false です"
    ),
    "{what} must be a number above 0": "{what} は 0 より大きい数です",
    "No editor": "エディターがありません",
    "there is none on this machine": "この機械にありません",
    "{variable} is no command: {words}": "{variable} はコマンドではありません: {words}",
    "{why}; set EDITOR, such as to nano.": "{why}。EDITOR に nano などを設定してください。",
    "The log cannot be read": "ログを読み込めません",
    "Folder cannot be used": "フォルダーを使えません",
    "Folder cannot be made": "フォルダーを作れません",
    "File cannot be written": "ファイルに書けません",
    "{path} belongs to another user.": "{path} は別の利用者のものです。",
    "{path} can be written by everybody.": "{path} に誰でも書き込めます。",
    "Make it yours alone (chmod 700), or name another one with {variable}.": (
        "自分専用 (chmod 700) にするか、{variable} で別の場所を指定してください。"
    ),
    "{variable} names another one.": "{variable} で別の場所を指定できます。",
    "{variable} names another folder.": "{variable} で別のフォルダーを指定できます。",
    "No such file or directory": "ファイルかフォルダーがありません",
    "Permission denied": "権限がありません",
    "Operation not permitted": "許可されていません",
    "Is a directory": "フォルダーです",
    "Not a directory": "フォルダーではありません",
    "File exists": "すでにあります",
    "No space left on device": "ディスクがいっぱいです",
    "Disk quota exceeded": "ディスクの割り当てを超えました",
    "Read-only file system": "読み取り専用です",
    "File name too long": "名前が長すぎます",
    "Too many levels of symbolic links": "リンクをたどれません",
    "Input/output error": "入出力エラーです",
    "Text file busy": "使用中です",
    "Address already in use": "使用中です",
}

_DOCTOR: Final = {
    "ok": "正常",
    "PROBLEM": "問題",
    "what to do": "対処",
    "no": "0",
    "no problem": "問題なし",
    "1 problem": "問題 1 件",
    "{count} problems": "問題 {count} 件",
    "1 warning": "警告 1 件",
    "{count} warnings": "警告 {count} 件",
    "{count} checks: {found}.": "点検 {count} 件: {found}。",
    "packages": "パッケージ",
    "terminal": "端末",
    "locale": "ロケール",
    "settings": "設定",
    "changed": "変更した設定",
    "environment": "環境変数",
    "state folder": "状態フォルダー",
    "echo": "エコー除去",
    "embedded service": "内蔵サービス",
    "key": "キー",
    "log file": "ログ",
    "access": "利用権",
    "not installed as a package": "パッケージとしてはインストールされていません",
    "missing: {names}": "ないもの: {names}",
    "Install voicetui again, with pipx or into an environment of its own.": (
        "pipx か専用の環境で voicetui をインストールし直してください。"
    ),
    "none here: plain text only ({words})": "ここにはありません。文字だけで動きます ({words})",
    "Run it in a terminal for the screen.": "画面を使うには端末で実行してください。",
    "plain text only ({words})": "文字だけで動きます ({words})",
    "Set TERM to what the terminal is, such as xterm-256color, for the screen.": (
        "画面を使うには TERM を xterm-256color など端末に合う値にしてください。"
    ),
    "{encoding} is not UTF-8: some letters show as ?": (
        "{encoding} は UTF-8 ではありません。一部の文字が ? になります"
    ),
    "Set LANG to a UTF-8 locale, such as C.UTF-8.": (
        "LANG を C.UTF-8 など UTF-8 のロケールにしてください。"
    ),
    "`voicetui config edit` opens the file and names the lines.": (
        "`voicetui config edit` でファイルを開き、行を確認できます。"
    ),
    "{path} (does not exist; it need not)": "{path} (なし。なくてもかまいません)",
    "no setting; all have their defaults": "なし。すべて既定のままです",
    "{name} means nothing to voicetui": "{name} は voicetui では使いません",
    "Set {near}, or unset {name}.": "{near} を設定するか、{name} を取り消してください。",
    "Unset {name}.": "{name} を取り消してください。",
    "{path} cannot be written": "{path} に書けません",
    "Give yourself the right to write there, or name another in VOICETUI_STATE_DIR.": (
        "書き込みの権限を付けるか、VOICETUI_STATE_DIR で別の場所を指定してください。"
    ),
    "{path} is open to others (mode {mode})": "{path} を他人が読めます (モード {mode})",
    "{path} (nothing written yet)": "{path} (まだ何も書かれていません)",
    "{path}; the last error: {line}": "{path}、最後のエラー: {line}",
    "`voicetui log show` prints the lines around it.": (
        "`voicetui log show` で前後の行を確認できます。"
    ),
    "nothing kept yet": "まだ保存した会話はありません",
    "1 conversation, {mb} MB": "会話 1 件、{mb} MB",
    "{count} conversations, {mb} MB": "会話 {count} 件、{mb} MB",
    "typing works, and answers are written": "文字で入力でき、応答も文字で表示されます",
    "{inputs} inputs, {outputs} outputs ({version})": (
        "入力 {inputs} 個、出力 {outputs} 個 ({version})"
    ),
    "There are no inputs: connect one, or type.": (
        "入力がありません。マイクをつなぐか、文字で入力してください。"
    ),
    "There are no outputs: connect one, or type.": (
        "出力がありません。スピーカーをつなぐか、文字で使ってください。"
    ),
    "cancellation can be loaded": "使えます",
    "cancellation cannot be loaded: the microphone rests while an answer is heard": (
        "使えません。応答の再生中はマイクを休止します"
    ),
    "With headphones, --echo headphones lets you interrupt by voice all the same.": (
        "ヘッドホンなら --echo headphones で声による割り込みができます。"
    ),
    "Install PortAudio; on Debian and Ubuntu: apt-get install libportaudio2.": (
        "PortAudio をインストールしてください。Debian と Ubuntu では "
        "apt-get install libportaudio2。"
    ),
    "No sound server answers at {server} (PULSE_SERVER): start it, or the `ssh -R` that leads "
    "there, or unset the variable.": (
        "{server} (PULSE_SERVER) でサウンドサーバーが応答しません。サーバーまたはそこへ導く "
        "`ssh -R` を起動するか、変数を消してください。"
    ),
    "Over SSH the microphone is that of this machine; start voicetui where you sit, or forward "
    "sound (PULSE_SERVER).": (
        "SSH ではこの機械のマイクを使います。手元で voicetui を起動するか、"
        "音声を転送してください (PULSE_SERVER)。"
    ),
    "Connect a device, or start the sound server; `voicetui devices` lists what is found.": (
        "機器をつなぐか、サウンドサーバーを起動してください。`voicetui devices` で一覧を示します。"
    ),
    "not installed": "インストールされていません",
    "pipx install '.[demo]' in a checkout, if you want to try it without a key.": (
        "キーなしで試すには、チェックアウトで pipx install '.[demo]' を実行してください。"
    ),
    "installed: voicetui --demo": "インストール済み: voicetui --demo",
    "the embedded one ({why})": "内蔵サービス ({why})",
    "no key for {name}": "{name} のキーがありません",
    "from {where}": "{where} より",
    "none; none is needed": "なし。不要です",
    "none is needed": "不要です",
    "{service}, {dialect} dialect ({why})": "{service}、{dialect} 方言 ({why})",
    "{service}, over HTTP ({why})": "{service}、HTTP ({why})",
    "not asked (--offline)": "問い合わせていません (--offline)",
    "connected in {ms} ms": "{ms} ms で接続",
    "its certificate is not accepted: {why}": "証明書が受け入れられません: {why}",
    "no answer within {s} s": "{s} 秒以内に応答がありません",
    "the name {host} is not known here": "{host} という名前が見つかりません",
    "is there a network?": "ネットワークはありますか?",
    "Connection refused": "接続を拒否されました",
    "Network is unreachable": "ネットワークに届きません",
    "No route to host": "相手に届きません",
    "Connection reset by peer": "接続を切られました",
    "Check the network, and the address: `voicetui config show` says where it is from.": (
        "ネットワークとアドレスを確認してください。`voicetui config show` で出所が分かります。"
    ),
    "the service takes the key from {where}": "{where} のキーを受け付けました",
    "this service has no model list; the key was not tried.": (
        "モデルの一覧がないため、キーは確認していません。"
    ),
    "the key was not tried: {why}": "キーは確認していません: {why}",
}

_ECHO: Final = {
    "A voice is played for nine seconds; please be quiet meanwhile.": (
        "9秒間、声を再生します。その間は静かにしてください。"
    ),
    "The echo cannot be measured": "エコーを測定できません",
    "the sound process did not get ready; `voicetui devices` shows what there is.": (
        "音声プロセスの準備ができません。`voicetui devices` で機器を確認できます。"
    ),
    "delay": "遅れ",
    "nothing to measure": "測定するものがありません",
    "level without cancellation": "除去なしの音量",
    "level with cancellation": "除去ありの音量",
    "echo return loss enhancement": "エコーの減衰量",
    "clock drift": "時計のずれ",
    "taken for speech": "発話との誤認",
    "note": "注記",
    "verdict": "判定",
    "good": "良好",
    "fair": "可",
    "bad": "不良",
    "no echo": "エコーなし",
    "no loudspeaker was asked for": "スピーカーを使わない設定です",
    "no loudspeaker and no microphone was asked for": ("スピーカーもマイクも使わない設定です"),
    "`voicetui devices` lists what there is; --input and --output choose.": (
        "`voicetui devices` で一覧を示します。--input と --output で選びます。"
    ),
    "Install pywebrtc-audio, or use headphones.": (
        "pywebrtc-audio をインストールするか、ヘッドホンを使ってください。"
    ),
    "the microphone delivered nothing while the loudspeaker played": (
        "スピーカーの再生中、マイクから音が届きませんでした"
    ),
    "If that is not because of headphones: is the microphone muted, or not permitted?": (
        "ヘッドホンのためでなければ、マイクのミュートか使用の許可を確認してください。"
    ),
    "the microphone does not hear the loudspeaker": "マイクにスピーカーの音は入りません",
    "With headphones that is as it should be; --echo headphones saves some work. Otherwise turn "
    "the loudspeaker up and try again.": (
        "ヘッドホンなら正常です。--echo headphones で処理が軽くなります。"
        "そうでなければ音量を上げて試してください。"
    ),
    "you can speak into an answer": "応答中に話しかけられます",
    "most of the echo is taken out; some of it remains": ("エコーの大部分は除かれ、一部が残ります"),
    "If answers interrupt themselves: turn the loudspeaker down, or use headphones.": (
        "応答が途切れるなら、音量を下げるか、ヘッドホンを使ってください。"
    ),
    "the echo comes through and would interrupt the answers": (
        "エコーが残り、応答に割り込むおそれがあります"
    ),
    "Use headphones, turn the loudspeaker down, or set --echo half-duplex.": (
        "ヘッドホンを使うか、音量を下げるか、--echo half-duplex にしてください。"
    ),
}

SHELL: Final[dict[str, str]] = {
    **_SAID,
    **_ASK,
    **_HISTORY,
    **_SERVICES,
    **_FILES,
    **_DOCTOR,
    **_ECHO,
}
