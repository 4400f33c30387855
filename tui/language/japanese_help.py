"""Japanese for `--help`: commands, options, settings, examples and exit codes, by the English."""

from __future__ import annotations

from typing import Final

_FRAME: Final = {
    "usage: ": "使い方: ",
    "Usage: {usage} (more: {prog} --help)": "使い方: {usage} (詳しくは {prog} --help)",
    "positional arguments": "引数",
    "options": "オプション",
    "commands": "コマンド",
    "actions": "操作",
    "settings (also in config.toml and the environment)": "設定 (config.toml と環境変数でも可)",
    "examples:": "例:",
    "exit codes:": "終了コード:",
    "show this help message and exit": "このヘルプを表示して終了",
    "show the version and exit": "版を表示して終了",
    "talk to the embedded service: no key, no network": "内蔵サービスと話す。キーも通信も不要",
    "write more into the log, and say where it is": "ログを詳しく書き、その場所を示す",
    "one JSON object": "1つの JSON オブジェクト",
    "no screen": "画面なし",
}

_COMMANDS: Final = {
    "Talk to a speech model from the terminal.": "端末から音声モデルと話します。",
    "no screen: one line per event, commands as letters with Enter": (
        "画面なし。出来事を1行ずつ表示し、文字と Enter で操作"
    ),
    "as --demo, but only if no key is set": "キーがない場合だけ --demo と同じ",
    "go on with a conversation of the history": "履歴の会話を続ける",
    "ask one question and print the answer": "1つ質問して応答を表示",
    "list microphones and loudspeakers": "マイクとスピーカーの一覧",
    "check what voicetui needs": "voicetui に必要なものを点検",
    "show a report that was written in a call": "通話中に保存した報告を表示",
    "run the embedded service for other programs": "ほかのプログラムのために内蔵サービスを動かす",
    "show, check and edit the settings": "設定の表示、点検、編集",
    "keep a key in the keyring or a private file": "キーをキーリングか専用ファイルに保存",
    "read, search and keep old conversations": "以前の会話の閲覧、検索、管理",
    "show what was used and what it costs": "使用量と料金を表示",
    "list, make and change assistants": "アシスタントの一覧、作成、変更",
    "show the screen in a browser on this machine": "この機械のブラウザーに画面を表示",
    "choose service, key, devices and language": "サービス、キー、機器、言語を選ぶ",
    "show the log, or where it is": "ログ、またはその場所を表示",
    "print completions for a shell": "シェルの補完スクリプトを出力",
    "show the manual page": "マニュアル (英語) を表示",
    "the question; - or a pipe: from stdin": "質問。- かパイプなら標準入力から",
    "words beside a recording": "録音に添える言葉",
    "a recorded question; - reads it from stdin": "録音した質問。- なら標準入力から",
    "write the spoken answer here, over what is there; - is stdout "
    "(WAV; audio chat: .mp3, .flac, .opus too)": (
        "応答の音声をここに上書き保存。- は標準出力 (WAV。音声チャットでは .mp3、.flac、.opus も可)"
    ),
    "audio chat: text or audio": "音声チャット: text (文字) か audio (音声)",
    "audio chat: a second, written answer, such as 'a summary in Markdown'": (
        "音声チャット: 文字による2つ目の応答。例 'Markdown の要約'"
    ),
    "let the answer be heard": "応答をスピーカーで再生",
    "one JSON object instead of the words": "文の代わりに1つの JSON オブジェクト",
    "give up after S seconds": "S 秒であきらめる",
    "skip what needs the network": "通信が必要な点検を省く",
    "play a voice, measure what the microphone hears of it, and advise": (
        "声を再生し、マイクに入る量を測って助言"
    ),
    "the .zip that the key D has written": "D キーで保存した .zip",
    "everything in it, as one JSON object": "内容すべてを1つの JSON オブジェクトで",
    "write mic.wav and speaker.wav there": "mic.wav と speaker.wav をそこに保存",
    "let both be heard, in turn": "両方を順に再生",
    "0 takes a free one (%(default)s)": "0 なら空いている番号 (%(default)s)",
    "accept only this key (any, if none is set); better VOICETUI_SERVER_KEY": (
        "このキーだけを受け付ける (なければ何でも可)。VOICETUI_SERVER_KEY のほうが安全"
    ),
    "write one setting into config.toml": "設定を 1 つ config.toml に書く",
    "as `voicetui config show` names it": "`voicetui config show` に出る名前",
    "without one it has its default again": "省くと既定値に戻る",
    "the default again": "既定値に戻す",
    "print where config.toml is looked for": "config.toml の場所を表示",
    "print every setting as TOML, with where it came from (the default)": (
        "全設定を TOML で出所とともに表示 (省略時の操作)"
    ),
    "check config.toml, with the lines of mistakes": "config.toml を点検し、誤りの行を示す",
    "open config.toml in your editor, then check it": "config.toml をエディターで開き、点検",
    "say which keys there are, and from where (the default)": (
        "キーの有無と出所を表示 (省略時の操作)"
    ),
    "store a key: asked without echo, or read from stdin": (
        "キーを保存。表示せずに尋ねるか、標準入力から読む"
    ),
    "delete a stored key": "保存したキーを削除",
    "openai, azure, or the address of a compatible service (%(default)s)": (
        "openai、azure、または互換サービスのアドレス (%(default)s)"
    ),
    "list conversations, newest first": "会話を新しい順に一覧",
    "print a conversation": "会話を表示",
    "go on with a conversation": "会話を続ける",
    "write a conversation as Markdown, JSON or WAV": "会話を Markdown、JSON、WAV で書き出す",
    "give a conversation a title": "会話に題名を付ける",
    "delete conversations": "会話を削除",
    "take deletions back": "削除を取り消す",
    "take up a thread or conversation the service keeps": (
        "サービスにあるスレッドか会話を取り込む"
    ),
    "those that can be taken back": "取り消せる削除の一覧",
    "at most so many (%(default)s)": "最大の件数 (%(default)s)",
    "all words must be in one turn": "すべての語を含む発言を探す",
    "everything that is known, as JSON": "全情報を JSON で",
    "the beginning of its id is enough": "ID の先頭だけで足りる",
    "md, json or wav": "md、json、wav のいずれか",
    "a new file or a folder; - is stdout (the default)": (
        "新しいファイルかフォルダー。- は標準出力 (省略時)"
    ),
    "WAV: you on the left, the answers on the right": "WAV: 左にあなた、右に応答",
    "its new title": "新しい題名",
    "for good, with their sound": "音声ごと完全に",
    "the beginning is enough": "先頭だけで足りる",
    "such as thread_... or conv_...": "thread_... か conv_... など",
    "assistants (a thread) or responses (a conversation); else by the id": (
        "assistants (スレッド) か responses (会話)。省略時は ID で判断"
    ),
    "a title for the list": "一覧での題名",
    "day, model, kind (of session) or conversation (%(default)s)": (
        "day (日)、model (モデル)、kind (種類)、conversation (会話) (%(default)s)"
    ),
    "such as 2026-11-01; else since the 1st": "例 2026-11-01。省略時は今月1日から",
    "lines of comma separated values": "カンマ区切りの行",
    "list the assistants the service keeps": "サービスにあるアシスタントの一覧",
    "print one assistant": "アシスタントを1つ表示",
    "make an assistant; prints its id": "アシスタントを作り、ID を表示",
    "change what is given, keep the rest": "指定した項目だけを変更",
    "delete assistants": "アシスタントを削除",
    "what it is called": "名前",
    "what it is for": "用途の説明",
    "0 to 2": "0 から 2",
    "start the browser, too": "ブラウザーも起動",
    "questions, no screen": "画面なしで質問に答える",
    "print where the log is": "ログの場所を表示",
    "print its end (the default)": "ログの末尾を表示 (省略時の操作)",
    "so many lines (%(default)s)": "行数 (%(default)s)",
    "the file that a call was given with --wire-log, for --of wire": (
        "通話の --wire-log に指定したファイル (--of wire で使用)"
    ),
    "voicetui, engine (sound), server (the embedded service), or wire (--wire-log)": (
        "voicetui、engine (音声)、server (内蔵サービス)、wire (--wire-log) のいずれか"
    ),
    "bash, zsh or fish": "bash、zsh、fish のいずれか",
}

_SETTINGS: Final = {
    "which service; auto chooses from the addresses that are set": (
        "サービス。auto は設定されたアドレスから選ぶ"
    ),
    "address of an OpenAI-compatible service, such as http://127.0.0.1:8000/v1": (
        "OpenAI 互換サービスのアドレス、例 http://127.0.0.1:8000/v1"
    ),
    "the model (on Azure: the deployment); empty: the service's best known": (
        "モデル (Azure ではデプロイ)。空なら既知の最良"
    ),
    "dialect of the Realtime protocol": "Realtime プロトコルの方言",
    "OpenAI organization the use is billed to": "請求先の OpenAI 組織",
    "OpenAI project the use is billed to": "請求先の OpenAI プロジェクト",
    "address of the Azure resource, such as https://NAME.openai.azure.com": (
        "Azure リソースのアドレス、例 https://NAME.openai.azure.com"
    ),
    "name of the Azure deployment; --model goes before it": (
        "Azure のデプロイの名前。--model が優先"
    ),
    "API version; one that ends in -preview chooses the Azure preview address": (
        "API の版。-preview で終わる場合は Azure のプレビュー用アドレスを使う"
    ),
    "sessions last so long at most; they are exchanged before. 0: as the service says": (
        "セッションの最長時間。その前に取り替える。0 はサービスに従う"
    ),
    "how to converse: realtime speech, threads of an assistant, Responses, or audio chat": (
        "会話の方法: リアルタイム音声、アシスタントのスレッド、Responses、音声チャット"
    ),
    "the voice that answers": "応答の声",
    "what the model is told before the conversation": "会話の前にモデルに伝える指示",
    "who ends your turn: the service by silence, by meaning, the talk key, or letting go of it": (
        "発言の終わりを決めるもの: 無音、意味、会話キー、またはキーを離すこと"
    ),
    "server_vad: how loud speech must be": "server_vad: 発話とみなす音量",
    "server_vad: sound kept from before the speech": "server_vad: 発話の前から残す音",
    "server_vad: silence that ends a turn": "server_vad: 発言を終える無音の長さ",
    "server_vad: the model speaks up after this long a silence": (
        "server_vad: この長さの無音の後、モデルから話しかける"
    ),
    "semantic_vad: how soon a turn is taken as over": ("semantic_vad: 発言が終わったとみなす早さ"),
    'model that writes down what you say; "" for none': (
        '発言を文字にするモデル。"" は文字起こしなし'
    ),
    "language you speak, such as en or ja; empty: the service guesses": (
        "話す言語、en や ja など。空ならサービスが判断"
    ),
    "the service's noise reduction: headset or laptop": (
        "サービスの雑音低減: ヘッドセットかノートパソコン"
    ),
    "how fast the answer is spoken": "応答を話す速さ",
    "sound on the line: 24 kHz PCM, or G.711 (8 kHz) for thin lines": (
        "通信の音声: 24 kHz PCM、細い回線なら G.711 (8 kHz)"
    ),
    "longest answer": "応答の最大の長さ",
    "beta dialect only": "beta 方言のみ",
    "assistant to talk to, asst_...; empty: one is made from model and instructions": (
        "話すアシスタント、asst_...。空ならモデルと指示から作る"
    ),
    "told to the assistant with each run, beside its own instructions": (
        "アシスタント自身の指示に加え、実行ごとに伝える指示"
    ),
    "longest prompt of a run": "1回の実行のプロンプトの上限",
    "a run that is queued or works longer is cancelled": "これより長くかかる実行は中止",
    "tools of the service to offer: code_interpreter, file_search": (
        "サービスのツール: code_interpreter、file_search"
    ),
    "file ids for these tools, separated by commas": "そのツールのファイル ID、カンマ区切り",
    "what the transcription should expect (not realtime)": ("文字起こしの手がかり (realtime 以外)"),
    "words it should know, separated by commas (not realtime)": (
        "文字起こしに教える語、カンマ区切り (realtime 以外)"
    ),
    "what speaks the answers of assistants and responses: the speech interface, a Realtime"
    " model that reads aloud, or the first as long as there is one": (
        "assistants と responses の応答を話すもの: 音声合成、読み上げる Realtime モデル、"
        "または使えるうちは前者"
    ),
    'the model that speaks; with by = "realtime" a Realtime one': (
        '話すモデル。by = "realtime" なら Realtime のモデル'
    ),
    "how they are to be spoken": "話し方の指示",
    "older turns of yours go as text, to save tokens": (
        "これより古い発言は文字で送り、トークンを節約"
    ),
    "write down what you say, by a transcription beside the chat": (
        "チャットと別に発言を文字起こし"
    ),
    "microphone: default, silent, file:PATH, or part of a name from `voicetui devices`": (
        "マイク: default、silent、file:PATH、または `voicetui devices` の名前の一部"
    ),
    "loudspeaker: default, silent, file:PATH, or part of a name from `voicetui devices`": (
        "スピーカー: default、silent、file:PATH、または `voicetui devices` の名前の一部"
    ),
    "how the loudspeaker is kept out of the microphone": (
        "スピーカーの音がマイクに入るのを防ぐ方法"
    ),
    "an answer you speak into is turned down, paused, or left alone, until it is decided": (
        "応答中に話したとき、判断までの間に音を下げる、止める、そのまま"
    ),
    "record both sides, you left, it right: a new .wav or .flac file, or a folder": (
        "双方を録音、左にあなた、右に応答。新しい .wav か .flac、またはフォルダー"
    ),
    "keep conversations on this machine, to read and resume them later": (
        "後で読み、続けるために会話をこの機械に保存"
    ),
    "keep the sound of the turns too": "発言の音声も保存",
    "so much sound is kept; the oldest goes first": "保存する音声の上限。古いものから削除",
    "a conversation ends when it has cost so much (est. USD); 0: no limit": (
        "会話がこの額 (見積もり、ドル) に達すると終わる。0 は無制限"
    ),
    "the same for all conversations of a day": "1日の会話全体の同じ上限",
    "a call ends after so long without speech or key; 0: never": (
        "発言もキーもないと通話が終わるまでの分。0 は終わらない"
    ),
    "mouse on the screen; auto: on, but off over SSH": (
        "画面でのマウス。auto は有効、SSH では無効"
    ),
    "colours: voicetui, voicetui-light, ansi-dark, ansi-light or another theme of Textual; "
    "empty: what the terminal can show": (
        "配色: voicetui、voicetui-light、ansi-dark、ansi-light、またはほかの Textual テーマ。"
        "空なら端末に合わせる"
    ),
    "what the screen is drawn with; ascii where lines look broken": (
        "画面を描く文字。罫線が崩れるなら ascii"
    ),
    "language of the screen, the shell commands and plain mode; "
    "auto: Japanese in a Japanese locale": (
        "画面、コマンド、プレーンモードの言語。auto は日本語のロケールで日本語"
    ),
    "spare the line (fewer meter frames); auto: over SSH": (
        "通信を節約 (レベル表示を減らす)。auto は SSH のとき"
    ),
    "write everything that goes to and from the service into this file (or folder), words too, "
    "without keys and sound; to find faults": (
        "サービスとのやり取りを言葉も含めてこのファイル (かフォルダー) に記録。"
        "キーと音声は除く。不具合の調査用"
    ),
}

_EXAMPLES: Final = {
    "talk; needs OPENAI_API_KEY or an Azure address and key": (
        "話す。OPENAI_API_KEY か Azure のアドレスとキーが必要"
    ),
    "try it without key and network": "キーも通信もなしで試す",
    "line by line, for screen readers and pipes": "1行ずつ。読み上げソフトやパイプに",
    "what was used, and what it costs": "使用量と料金",
    "what was said before": "以前の会話",
    "more about one command": "コマンドの詳しい説明",
    "part of a name is enough, if only one has it": "1つに絞れるなら名前の一部で足りる",
    "everything, the way to the service too": "サービスへの経路まで全部",
    "nothing that needs the network": "通信が必要なものを除く",
    "how much the microphone hears of the loudspeaker": "マイクに入るスピーカーの音の量",
    "what the counters prove": "計数から分かること",
    "the last half minute as WAV files": "最後の30秒を WAV ファイルに",
    "a key others cannot read in `ps`": "`ps` で他人に見えないキー",
    "every setting, its value, and where it came from": "全設定の値と出所",
    "change config.toml, and hear what is wrong in it": "config.toml を変え、誤りを確かめる",
    "it is a config file itself": "そのまま設定ファイルになる",
    "with this flag": "このフラグを加えて",
    "exit code 3 and the line, if something is wrong": "誤りがあれば行番号と終了コード 3",
    "opens $VISUAL or $EDITOR": "$VISUAL か $EDITOR で開く",
    "asked without echo; an environment variable goes before it": (
        "表示せずに尋ねる。環境変数が優先"
    ),
    "which keys there are, and where; never the keys": "キーの有無と場所。キー自体は表示しない",
    "from another program, never as an argument": "ほかのプログラムから。引数では渡さない",
    "by day, since the first of the month": "今月1日から日ごとに",
    "the newest conversations": "新しい会話",
    "where that was said": "その語が出た発言",
    "go on with it; the beginning of an id is enough": "続ける。ID は先頭だけで足りる",
    "both words in one turn": "両方の語を含む発言",
    "exit code 1, if it was nowhere said": "見つからなければ終了コード 1",
    "everything that is known": "全情報",
    "into this folder": "このフォルダーに",
    "`undelete` takes it back within a month": "1か月以内なら `undelete` で元に戻せる",
    "for good, with its sound": "音声ごと完全に",
    "what the service keeps": "サービスにあるもの",
    "talk to one": "その1つと話す",
    "in this shell; zsh likewise": "このシェルで。zsh も同様",
    "and start the browser": "ブラウザーも起動",
    "from elsewhere; sound stays on the host": "別の場所から。音声は host 側",
    "Enter keeps what there is": "Enter だけなら今の値のまま",
    "questions line by line": "1行ずつ質問",
    "its end": "ログの末尾",
    "of the sound process": "音声プロセスのもの",
    "roff, where it does not go to a terminal": "端末以外には roff",
    "The answer's words go to stdout, everything else to stderr. With --out - the sound goes to "
    "stdout and the words to stderr.": (
        "応答の文は標準出力、ほかは標準エラーに出ます。"
        "--out - では音声が標準出力、文が標準エラーに出ます。"
    ),
    "The report holds no key.": "報告にキーは含まれません。",
    "Listens on this machine only.": "この機械からだけ接続できます。",
    "Listens on this machine only, for whoever has the address it prints. Microphone and "
    "loudspeaker are those of the machine voicetui runs on. Closing the page hangs up.": (
        "表示されるアドレスを知る人が、この機械からだけ接続できます。"
        "マイクとスピーカーは voicetui が動く機械のものです。ページを閉じると通話が終わります。"
    ),
    "Costs are estimates, made from a dated table; your own prices go into prices.toml "
    "beside config.toml.": (
        "料金は日付のある料金表による見積もりです。"
        "自分の料金は config.toml と同じ場所の prices.toml に書けます。"
    ),
}

_EXIT_CODES: Final = {
    "all well": "正常",
    "something failed": "失敗",
    "wrong command line: a word, an option or its value": (
        "コマンドラインの誤り: 語、オプション、その値"
    ),
    "no key, or a value in config.toml or the environment that cannot be used": (
        "キーがない、または config.toml か環境変数の値が使えない"
    ),
    "the service refused: key, quota, model": "サービスが拒否: キー、割り当て、モデル",
    "the service cannot be reached": "サービスに接続できない",
    "a sound device or a file cannot be used": "音声機器かファイルが使えない",
    "the service answered with nothing, or its answer failed": "応答が空、または失敗",
    "the budget is used up": "予算を使い切った",
    "interrupted with ctrl+c": "ctrl+c で中断",
}

_COMMAND_LINE: Final = {
    "Interrupted.": "中断しました。",
    "keys are not taken from the command line, where every user of this machine can read them: "
    "set OPENAI_API_KEY (or AZURE_OPENAI_API_KEY), or type `voicetui key set`": (
        "この機械の利用者全員に見えるため、コマンドラインのキーは受け付けません。"
        "OPENAI_API_KEY (か AZURE_OPENAI_API_KEY) を設定するか、`voicetui key set` を使ってください"
    ),
    "--demo brings its own service: leave out --service and --base-url": (
        "--demo には専用のサービスがあります。--service と --base-url は要りません"
    ),
    "{word} is no port (0 to 65535)": "{word} はポート番号 (0 から 65535) ではありません",
    "{word} is no shell: bash, zsh or fish": (
        "{word} は使えません。bash、zsh、fish のいずれかです"
    ),
    "{word} is no number of lines": "{word} は行数ではありません",
    "{word} is no day; write it as 2026-11-01": (
        "{word} は日付ではありません。2026-11-01 のように書いてください"
    ),
    "{word} is no time in seconds, such as 30": "{word} は 30 のような秒数ではありません",
    "{word} is unknown here": "{word} はここでは使えません",
    "{word} is unknown here; did you mean {near}?": ("{word} はここでは使えません。{near} ですか?"),
    "{word} is no command": "{word} というコマンドはありません",
    "{word} is no command; did you mean {near}?": (
        "{word} というコマンドはありません。{near} ですか?"
    ),
    "{word} is no action": "{word} という操作はありません",
    "{word} is no action; did you mean {near}?": "{word} という操作はありません。{near} ですか?",
    "put the question in quotes": "質問を引用符で囲んでください",
    "the following arguments are required: {names}": "必要な引数がありません: {names}",
    "expected one argument": "値が1つ必要です",
    "expected at least one argument": "値が1つ以上必要です",
    "expected at most one argument": "値は1つまでです",
    "invalid choice: {word} (choose from {choices})": "{word} は使えません (候補: {choices})",
    "unrecognized arguments: {names}": "余分な引数です: {names}",
    "not allowed with argument {name}": "{name} と同時には使えません",
    "ignored explicit argument {word}": "値 {word} は付けられません",
    "invalid float value: {word}": "{word} は数ではありません",
    "invalid int value: {word}": "{word} は整数ではありません",
}

HELP: Final[dict[str, str]] = {
    **_FRAME,
    **_COMMANDS,
    **_SETTINGS,
    **_EXAMPLES,
    **_EXIT_CODES,
    **_COMMAND_LINE,
}
