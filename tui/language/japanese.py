"""Japanese, by the English text.

Placeholders stand in {braces}, under the same names.  Labels are nouns, sentences polite and short.
No character here is of ambiguous width.
"""

from __future__ import annotations

from typing import Final

from tui.language.japanese_help import HELP
from tui.language.japanese_sentences import SENTENCES
from tui.language.japanese_shell import SHELL

_STATES: Final = {
    "CONNECTING": "接続中",
    "LISTENING": "聞いています",
    "RECORDING": "録音中",
    "PAUSED": "休止中",
    "MUTED": "ミュート",
    "THINKING": "考え中",
    "SPEAKING": "話しています",
    "RECONNECTING": "再接続中",
    "ENDED": "終了",
    "REC": "録音",
    "WIRE LOG": "通信記録",
    "NOT SAVED": "未保存",
    "connecting": "接続中",
    "listening": "聞いています",
    "not listening": "聞いていません",
    "recording": "録音中",
    "muted": "ミュート",
    "unmuted": "ミュート解除",
    "not muted": "ミュートなし",
    "thinking": "考え中",
    "speaking": "話しています",
    "reconnecting": "再接続中",
    "ended": "終了",
    "off": "停止中",
    "lost": "切断",
    "starting": "準備中",
    "running": "実行中",
    "waits for your answer": "確認待ち",
    "not run": "実行せず",
    "failed": "失敗",
    "incomplete": "未完",
    "interrupted": "割り込み",
    "completed": "完了",
    "info": "情報",
    "warning": "警告",
    "error": "エラー",
    "Warning: ": "警告: ",
    "Error: ": "エラー: ",
}

_KEYS: Final = {
    "talk": "会話",
    "Pause, resume listening; push-to-talk: start and send.": (
        "聞き取りの休止と再開。プッシュトークでは録音開始と送信。"
    ),
    "mute": "ミュート",
    "Mute and unmute the microphone.": "マイクのミュートと解除。",
    "stop": "割り込み",
    "Interrupt the answer; the loudspeaker stops at once.": (
        "応答に割り込み。スピーカーはすぐ無音になります。"
    ),
    "type": "入力",
    "Type instead of speaking.": "話す代わりに文字で入力。",
    "history": "履歴",
    "Earlier conversations; the call goes on.": "以前の会話。通話は続きます。",
    "copy": "コピー",
    "Copy the selected turn, or the last one.": "選んだ発言、または最後の発言をコピー。",
    "links": "リンク",
    "Where the links of the selected turn lead; asks first.": (
        "選んだ発言のリンク先。開く前に確認します。"
    ),
    "help": "ヘルプ",
    "This help.": "このヘルプ。",
    "usage": "使用量",
    "What was used, what it costs, what is next.": "使用量、料金、次の見積もり。",
    "budget": "予算",
    "Raise the budget by its first amount.": "予算を最初の額だけ引き上げ。",
    "commands": "コマンド",
    "Everything by its name: begin to type it.": "名前で探すコマンド一覧。",
    "devices": "機器",
    "Microphones and loudspeakers: pick and try.": "マイクとスピーカーの選択と試聴。",
    "sound": "音声",
    "Count every stage the sound goes through.": "音声が通る各段階の計数。",
    "record": "録音",
    "Record both sides; once more: end it.": "双方の録音。もう一度押すと終了。",
    "report": "報告",
    "Write 30 s of sound and all counters, for a bug report.": (
        "不具合報告用に音声30秒と全計数を保存。"
    ),
    "log": "メッセージ",
    "Read all messages again.": "これまでのメッセージ一覧。",
    "new": "新規",
    "Begin a new conversation; asks twice during a call.": "新しい会話。通話中は2回押します。",
    "continue": "続行",
    "When the call has ended: go on with the conversation.": "通話の終了後に会話を続行。",
    "quit": "終了",
    "Hang up and quit.": "通話を切って終了。",
    "yes": "はい",
    "Asked about a function: run it.": "関数の確認に「はい」: 実行。",
    "no": "いいえ",
    "Asked about a function: do not run it.": "関数の確認に「いいえ」: 実行しない。",
    "down": "下",
    "Select the next turn.": "次の発言を選択。",
    "up": "上",
    "Select the turn before.": "前の発言を選択。",
    "send": "送信",
    "Send what you typed.": "入力した文を送信。",
    "new line": "改行",
    "Begin a new line.": "改行を入力。",
    "leave": "戻る",
    "In an empty field: what you sent before.": "空欄のとき: 前に送った文。",
    "Forward again in what you sent.": "送った文を新しいほうへ。",
    "Back to the conversation; what you typed stays.": "会話に戻る。入力中の文は残ります。",
    "Talk, pause, send.": "話す、休止、送信。",
    "Mute, unmute.": "ミュートと解除。",
    "Interrupt the answer.": "応答に割り込みます。",
    "All keys of this screen.": "この画面のキー一覧。",
    "Copy selected text; without any, twice quits.": (
        "選択した文字をコピー。選択なしで2回押すと終了。"
    ),
    "The conversation below.": "下の会話。",
    "The conversation above.": "上の会話。",
    "resume": "再開",
    "Take the conversation up again.": "会話を再開。",
    "search": "検索",
    "Search everything said; kind: before: after: narrow it.": (
        "すべての発言を検索。kind: before: after: で絞り込めます。"
    ),
    "elsewhere": "別の種類",
    "Continue with another kind of session, from its text.": (
        "文字の記録から別の種類のセッションで続行。"
    ),
    "rename": "改名",
    "Give it another title.": "題名を変更。",
    "delete": "削除",
    "Delete it; undo brings it back.": "削除。元に戻すこともできます。",
    "undo": "元に戻す",
    "Bring back what was deleted.": "削除した会話を元に戻す。",
    "turn": "発言",
    "Select the turn before, in the conversation shown.": "表示中の会話で前の発言を選択。",
    "play": "再生",
    "Play the sound of the turn.": "発言の音声を再生。",
    "Stop the sound.": "音声を停止。",
    "export": "書き出し",
    "Write it as Markdown, JSON or WAV.": "Markdown、JSON、WAV で書き出し。",
    "add": "追加",
    "Add a thread or conversation by its id.": "スレッドや会話を ID で追加。",
    "Begin a new conversation.": "新しい会話を開始。",
    "back": "戻る",
    "Leave the field, then the search, then the history.": "入力欄、検索、履歴の順に抜ける。",
    "Back to the call.": "通話に戻る。",
    "Back to the conversation.": "会話に戻る。",
    "raise the budget": "予算の引き上げ",
    "The device below.": "下の機器。",
    "The device above.": "上の機器。",
    "use": "使用",
    "Use it from now on; it is remembered.": "今から使用。次回も使います。",
    "test the loudspeaker": "スピーカーの試聴",
    "Play a test sound.": "試験音を再生。",
    "The link below.": "下のリンク。",
    "The link above.": "上のリンク。",
    "open": "開く",
    "Ask whether to open it.": "開くかどうかを確認。",
    "Asked: open it in the browser.": "確認に「はい」: ブラウザーで開く。",
    "Asked: do not open it.": "確認に「いいえ」: 開かない。",
    "Copy the address.": "アドレスをコピー。",
    "to the list": "一覧へ",
    "take it": "決定",
    "leave it": "取消",
    "Also while typing.": "文字の入力中も使えます。",
    "Everything by its name.": "名前で探すコマンド一覧。",
    "top": "先頭",
    "end": "末尾",
    "A page up.": "1 画面上へ。",
    "A page down.": "1 画面下へ。",
    "To the beginning.": "先頭へ。",
    "To the end.": "末尾へ。",
    "A line down.": "1 行下へ。",
    "A line up.": "1 行上へ。",
    "In the conversation": "会話中",
    "While typing": "文字の入力中",
    "Everywhere": "どこでも",
    "In the history": "履歴",
    "Here": "この画面",
    "Tokens are in/out, of the last answer and of all; cached are part of in.": (
        "トークンは入力/出力で、直前の応答と全体の値です。キャッシュは入力に含まれます。"
    ),
    "{keys} goes back.": "{keys} で戻ります。",
    "{down} and {up} scroll.": "{down}、{up} でスクロール。",
    "{first} or {others}": "{first} か {others}",
    " or ": " か ",
    "Theme": "テーマ",
    "Search for commands": "コマンドを検索",
    "Change the colours.": "配色を変更。",
    "{key} help": "{key} ヘルプ",
}

_CALL: Final = {
    "You": "あなた",
    "Assistant": "アシスタント",
    "Note": "メモ",
    "Function": "関数",
    "function": "関数",
    "a function": "関数",
    "typed": "文字入力",
    "now": "今",
    "(no name)": "(名前なし)",
    "answered in {s:.2f} s": "応答まで {s:.2f} 秒",
    "you interrupted here; the rest was not heard": "ここで割り込み。残りは聞いていません",
    "you interrupted here after {s:.1f} s; the rest was not heard": (
        "{s:.1f} 秒のここで割り込み。残りは聞いていません"
    ),
    "interrupted after {s:.1f} s": "{s:.1f} 秒で割り込み",
    "{count:,} more characters": "ほか {count:,} 文字",
    "[{count:,} earlier characters are not shown; y copies all of them]": (
        "[前の {count:,} 文字は表示していません。y ですべてコピーします]"
    ),
    "earlier, until {when}": "以前の会話、{when} まで",
    "earlier, until {when}, the last {some:,} of {all:,} turns": (
        "以前の会話、{when} まで、{all:,} 発言のうち最後の {some:,}"
    ),
    "speak now; {talk} pauses": "話してください。{talk} で休止",
    "speak; {talk} sends": "話してください。{talk} で送信",
    "{talk} asks a recorded question": "{talk} で録音済みの質問を送信",
    "speak; let go to send": "話してください。離すと送信",
    "{talk} to talk": "{talk} を押して話します",
    "{key} to talk": "{key}と話せます",
    "hold {talk}": "{talk} を押し続ける",
    "hold {talk} (by key repeat)": "{talk} を押し続ける(キーリピート)",
    "not listening; {talk} resumes": "聞いていません。{talk} で再開",
    "the microphone is off; {mute} opens it": "マイクは切れています。{mute} で解除",
    "{stop} interrupts": "{stop} で割り込み",
    "{stop} interrupts, so does your voice": "{stop}、または声で割り込み",
    "{again} goes on, {new} begins anew, {quit} quits": "{again} 続行、{new} 新規、{quit} 終了",
    "No microphone here: type, or press {talk} to ask a recorded question.": (
        "マイクがありません。文字で入力するか、{talk} で録音済みの質問を送ります。"
    ),
    "Hold {talk} while you speak; let go to send. Or tap it, speak, and tap again.": (
        "{talk} を押しながら話し、離すと送信します。短く押して話し、もう一度押しても送れます。"
    ),
    "Press {talk}, speak, and press {talk} again to send.": (
        "{talk} を押して話し、もう一度 {talk} を押すと送信します。"
    ),
    "Just speak; the answer comes aloud. Speak again to interrupt it.": (
        "そのまま話してください。声で応答します。途中で話すと割り込めます。"
    ),
    "Press {compose} to type, {mute} to mute, {help} for all keys, {quit} to quit.": (
        "{compose} 文字入力、{mute} ミュート、{help} キー一覧、{quit} 終了。"
    ),
    "{count:,} frames were sent all the same!": "それでも {count:,} フレーム送信されました!",
    "you talk, and nobody hears it; {mute} opens": "声は届いていません。{mute} で解除",
    "0 frames sent since; {mute} opens the microphone": "送信 0 フレーム。{mute} でマイクを解除",
    "type a message": "メッセージを入力",
    "{key}: type a message": "{key}: メッセージを入力",
    "{key}: write for when the call goes on": "{key}: 再開後に送る文を書く",
    "new below: {key}": "下に新着: {key}",
    "more below: {key}": "下に続き: {key}",
    "The call is over.": "通話は終了しました。",
    "The call has ended. {why}": "通話が終了しました。{why}",
    "The call has ended: {why}": "通話が終了しました: {why}",
    "Everything said stays here: {next} and {previous} select, {copy} copies, "
    "{new} begins anew, {quit} quits.": (
        "発言は残っています: {next} と {previous} で選択、{copy} コピー、{new} 新規、{quit} 終了。"
    ),
    "Press {key} to go on with Responses, from the text of this conversation.": (
        "{key} を押すと、この会話の文字から Responses で続けます。"
    ),
    "Press {key} to go on in a new conversation, from the text that was kept here.": (
        "{key} を押すと、ここに残る文字から新しい会話で続けます。"
    ),
    "Press {key} to call again and go on.": "{key} を押すと、再接続して続けます。",
    "The call has ended; {again} goes on, {new} begins a new one, {quit} quits.": (
        "通話は終了しました。{again} 続行、{new} 新規、{quit} 終了。"
    ),
    "The call is going on.": "通話中です。",
    "This conversation was not kept; {key} begins a new one.": (
        "この会話は保存されていません。{key} で新しい会話を始めます。"
    ),
    "Press {key} again to hang up and begin a new conversation.": (
        "もう一度 {key} を押すと、通話を切って新しい会話を始めます。"
    ),
    "Press {key} again (or {quit}) to hang up and quit.": (
        "もう一度 {key} (または {quit}) を押すと、通話を切って終了します。"
    ),
    "To the shell, muted; fg comes back.": "シェルへ戻ります(ミュート)。fg で再開。",
    "suspend": "中断",
    "This terminal cannot suspend a program.": "この端末ではプログラムを中断できません。",
    "There is no shell here to go back to.": "ここには戻り先のシェルがありません。",
    "voicetui is suspended: the microphone is muted, nothing is sent; fg goes on.": (
        "voicetui を中断しました。マイクはミュート中で、何も送信しません。fg で再開します。"
    ),
    "voicetui is suspended; fg goes on.": "voicetui を中断しました。fg で再開します。",
    "The same once more goes on.": "もう一度同じ操作で続けます。",
    "This conversation was held with {before}; to go on sends its words to {now}.": (
        "この会話の相手は {before} でした。続けると内容が {now} に送られます。"
    ),
    "the embedded service": "内蔵サービス",
    "Go on? [y/N]": "続けますか? [y/N]",
    "--demo, --base-url or --service says where it is to go on.": (
        "続ける先は --demo、--base-url、--service で指定します。"
    ),
    "The call goes on after {s:.0f} s.": "{s:.0f} 秒ぶりに通話を続けます。",
    "The call goes on after {s:.0f} s; the microphone is open again.": (
        "{s:.0f} 秒ぶりに通話を続けます。マイクも再び開きました。"
    ),
    "There is no text to copy yet.": "コピーする文字がまだありません。",
    "There is no link in this turn.": "この発言にリンクはありません。",
    "There is no link yet.": "リンクはまだありません。",
    "{key} again writes 30 s of sound, your voice too, to a file.": (
        "もう一度 {key} で、あなたの声を含む音声30秒をファイルに保存します。"
    ),
    " ({key}: all)": " ({key}: 全文)",
    "The sound process stopped ({reason}); starting it again.": (
        "音声プロセスが停止しました ({reason})。再起動します。"
    ),
    "Sound is back after {ms:.0f} ms.": "{ms:.0f} ms で音声が戻りました。",
    "There is no history here.": "ここに履歴はありません。",
    "Nothing is counted here.": "ここでは使用量を数えていません。",
    "There are no devices to pick here.": "ここで選べる機器はありません。",
    "sent to terminal": "端末に送信",
    "sent to terminal and to {file}": "端末へ送信、{file} に保存",
    "written to {file}": "{file} に保存",
    "not written: {why}": "保存できません: {why}",
    "not written to {file}: {why}": "{file} に保存できません: {why}",
    "too long for the terminal": "端末には長すぎます",
    "{count:,} characters: {what}": "{count:,} 文字: {what}",
    "Run": "実行:",
    "{yes} runs it, {no} refuses": "{yes} 実行、{no} 拒否",
    "{leave}, then {what}": "{leave} のあと {what}",
    " ({count} waiting)": " (待ち {count} 件)",
    "No messages yet.": "メッセージはまだありません。",
}

_SOUND: Final = {
    "mic": "マイク",
    "out": "出力",
    "Sound": "音声",
    "microphone": "マイク",
    "loudspeaker": "スピーカー",
    "Microphone": "マイク",
    "Loudspeaker": "スピーカー",
    "input": "入力",
    "output": "出力",
    "default": "既定",
    "silent": "無音",
    "none": "なし",
    "no microphone": "マイクなし",
    "microphone off": "マイク停止中",
    "no loudspeaker": "スピーカーなし",
    "no sound devices": "音声機器なし",
    "sound is starting": "音声の準備中",
    "echo cancelled": "エコー除去",
    "half-duplex": "半二重",
    "half-duplex: it does not listen while it speaks": "半二重: 話している間は聞きません",
    "echo control off": "エコー除去なし",
    "{count} gaps": "途切れ {count} 回",
    "1 gap": "途切れ 1 回",
    "{count:,} frames dropped": "破棄 {count:,} フレーム",
    "1 frame dropped": "破棄 1 フレーム",
    "{count} device restarts": "機器の再起動 {count} 回",
    "1 device restart": "機器の再起動 1 回",
    "Devices": "機器",
    "* is in use": "* は使用中",
    "Looking for devices ...": "機器を探しています ...",
    "looking for devices": "機器を探しています",
    "the system's default": "システムの既定",
    "mono": "モノラル",
    "{count} channels": "{count} チャンネル",
    "{device}, as the settings say": "{device} (設定の指定)",
    "{device}, not there now": "{device} (今はありません)",
    "{noun}: {name}. {after}": "{noun}: {name}。{after}",
    "There is no call that could play it.": "再生できる通話がありません。",
    "muted: {key} unmutes": "ミュート: {key} で解除",
    "voicetui runs with the silent device.": "無音の機器で動作します。",
    "{rate}, busy?": "{rate}、使用中?",
    "{rate}, converted": "{rate}、変換",
    "unused": "未使用",
    "{count} ch": "{count} ch",
    "* = default. Choose with --input NAME and --output NAME; a part is enough.": (
        "* = 既定。--input NAME と --output NAME で選びます。名前の一部で足ります。"
    ),
    "No counters yet: the call has not begun.": "計数はまだありません。通話が始まっていません。",
    "{keys} goes back; {report} writes a report.": (
        "{keys} で戻ります。{report} で報告を保存します。"
    ),
    "received": "受信",
    "decoded": "復号",
    "queued": "待ち行列",
    "taken": "機器へ",
    "played": "再生済み",
    "waiting": "再生待ち",
    "flushed": "破棄",
    "underruns": "途切れ",
    "its clock": "その時計",
    "captured": "収音",
    "gated": "遮断",
    "passed": "通過",
    "sent": "送信",
    "since mute": "ミュート後",
    "dropped": "廃棄",
    "missed": "取りこぼし",
    "restarts": "再起動",
}

_MONEY: Final = {
    "Usage": "使用量",
    "est.": "見積もり",
    "est., {prices}": "見積もり、{prices}",
    "est. {amount}": "約 {amount}",
    "est. turn {turn}, call {whole} ({prices})": "見積もり 今回 {turn}、通話 {whole} ({prices})",
    "est. cost": "料金(約)",
    "Cost, est.": "料金(見積もり)",
    "Tokens": "トークン",
    "tokens": "トークン",
    "this turn": "今回",
    "conversation": "会話",
    "today": "今日",
    "this month": "今月",
    "month": "今月",
    "time": "時間",
    "no price": "料金不明",
    "budget: {used}": "予算: {used}",
    "Budget": "予算",
    "{key} raises it": "{key} で引き上げ",
    "{spent} of {limit}": "{limit} のうち {spent}",
    "text in": "文字入力",
    "text out": "文字出力",
    "audio in": "音声入力",
    "audio out": "音声出力",
    "image in": "画像入力",
    "cached in": "キャッシュ",
    "cached": "キャッシュ",
    "reasoning": "推論",
    "characters": "文字数",
    "cached text": "文字(再利用)",
    "cached audio": "音声(再利用)",
    "cached image": "画像(再利用)",
    "answer": "応答",
    "call": "通話",
    "no tokens used yet": "トークンは未使用です",
    "text {text_in} in {text_out} out, audio {audio_in} in {audio_out} out, cached {cached}": (
        "文字 入 {text_in} 出 {text_out}、音声 入 {audio_in} 出 {audio_out}、キャッシュ {cached}"
    ),
    "text {text_in}/{text_out} audio {audio_in}/{audio_out} cached {cached}": (
        "文字 {text_in}/{text_out} 音声 {audio_in}/{audio_out} キャッシュ {cached}"
    ),
    "tokens, last: {last}    all: {all}": "トークン 直前: {last}    全体: {all}",
    "tokens in/out, last: {last}   all: {all}": "トークン入/出 直前: {last}   全体: {all}",
    "tokens in/out, all: {all}": "トークン入/出 全体: {all}",
    "{read} tokens in, {written} out": "トークン 入 {read}、出 {written}",
    "tokens {read}/{written}": "トークン {read}/{written}",
    "{count} tokens": "{count} トークン",
    "1 answer without figures": "数値不明の応答 1 件",
    "{count} answers without figures": "数値不明の応答 {count} 件",
    "{count} chars": "{count} 文字",
    "Next turn": "次の発言",
    "Known after the first answer.": "最初の応答の後に分かります。",
    "{count} tokens are read, {share} % of them from the cache": (
        "入力 {count} トークン、うち {share} % がキャッシュ"
    ),
    "Each turn after it costs {usd} more.": "以後、発言ごとに {usd} ずつ増えます。",
    "At this pace": "このペースで",
    "est. {usd} a minute": "毎分 約 {usd}",
    ", ": "、",
    "{usd} in the next hour": "次の1時間 {usd}",
    "Est. cost of each turn": "発言ごとの料金(見積もり)",
    "Tokens of each turn": "発言ごとのトークン",
    "1 turn, newest right": "1 発言",
    "{count} turns, newest right": "{count} 発言、右が最新",
    "last {count} turns, newest right": "最後の {count} 発言、右が最新",
    "What the conversation paid for": "会話の料金の内訳",
    "This month by model": "今月のモデル別",
    "and {count} more: voicetui usage --by model": "ほか {count} 件: voicetui usage --by model",
    "(unknown)": "(不明)",
    "A price is missing for {names}: tokens only, or a sum with a plus.": (
        "{names} の料金が不明です。トークンのみ、または + 付きの合計を示します。"
    ),
    "They can be added in {path}.": "{path} に追加できます。",
    "Tokens: none reported.": "トークン: 報告なし。",
    "{text} text + {audio} audio in": "入力 文字 {text} + 音声 {audio}",
    "{text} text + {audio} audio + {image} image in": (
        "入力 文字 {text} + 音声 {audio} + 画像 {image}"
    ),
    "{text} text + {audio} audio out": "出力 文字 {text} + 音声 {audio}",
    "of them {count} cached": "うちキャッシュ {count}",
    "Tokens: {parts}; {count} in all.": "トークン: {parts}、合計 {count}。",
    "Cost: est. {cost} ({prices})": "料金: 約 {cost} ({prices})",
    "; budget: {used}": "、予算: {used}",
    "; ": "、",
    ".": "。",
    ". ": "。",
    "Last answer": "直前の応答",
    "Selected answer": "選んだ応答",
    "first sound": "最初の音",
    "to first byte": "最初のバイト",
    "network": "ネットワーク",
    "service": "サービス",
    "here": "本プログラム",
    "First sound after {s:.2f} s: {parts}": "最初の音まで {s:.2f} 秒: {parts}",
    "total": "合計",
    "model": "モデル",
    "day": "日",
    "Estimated since {day}, {prices}.": "{day} 以降の見積もり、{prices}。",
    "Nothing was used since {day}.": "{day} 以降の使用はありません。",
    "No price is known for {names}; it can be added in {file}.": (
        "{names} の料金が不明です。{file} に追加できます。"
    ),
    "A plus: something in it has no price; --by model shows what.": (
        "+ は料金不明のものを含みます。--by model で確認できます。"
    ),
}

_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)

_HISTORY: Final = {
    "History": "履歴",
    "title": "題名",
    "Title": "題名",
    "kind": "種類",
    "turns": "発言",
    "last": "最終",
    "(nothing said)": "(発言なし)",
    "(no words)": "(発言なし)",
    "no words": "発言なし",
    "unknown time": "時刻不明",
    "{day} {month}": "{month}{day}日",
    **{name: f"{number}月" for number, name in enumerate(_MONTHS, start=1)},
    "{key} searches everything said": "{key} ですべての発言を検索",
    "1 conversation": "会話 1 件",
    "{count:,} conversations": "会話 {count:,} 件",
    "{count:,} found": "{count:,} 件見つかりました",
    "{count:,} or more found": "{count:,} 件以上見つかりました",
    "1 turn": "1 発言",
    "{count} turns": "{count} 発言",
    "sound of {count}": "音声 {count} 件",
    "no sound": "音声なし",
    "{word} is no date, such as 2026-11-20": "{word} は日付ではありません (例: 2026-11-20)",
    "{word} is none of {kinds}": "{word} は {kinds} のどれでもありません",
    "No such filter": "その絞り込みは使えません",
    "Nothing found.": "見つかりません。",
    "No conversation was kept yet.": "保存した会話はまだありません。",
    "No conversation yet.": "会話はまだありません。",
    "No conversation was deleted.": "削除した会話はありません。",
    "{some} of {all}; --limit N shows more.": "{all} 件のうち {some} 件。--limit N で増やせます。",
    "{question}; {enter} takes it, {escape} leaves it": (
        "{question}。{enter} で決定、{escape} で取り消し"
    ),
    "go on as ({kinds})": "続ける種類 ({kinds})",
    "{answer!r} could be {found}.": "{answer!r} に当たるのは {found} です。",
    "nothing": "なし",
    "a conversation without words": "発言のない会話",
    "this conversation is going on": "この会話は通話中です",
    "renamed": "題名を変更しました",
    "deleted, {key} brings it back: {title}": "削除しました。{key} で元に戻ります: {title}",
    "nothing was deleted here": "ここで削除した会話はありません",
    "back: {title}": "元に戻しました: {title}",
    "id of a thread or conversation": "スレッドか会話の ID",
    "An id begins with thread_ or conv_.": "ID は thread_ か conv_ で始まります。",
    "added; {key} takes it up": "追加しました。{key} で再開します",
    "export as (md, json, wav)": "書き出し形式 (md, json, wav)",
    "Take md, json or wav.": "md、json、wav のいずれかです。",
    "writing ...": "書き出し中 ...",
    "written: {path}": "書き出しました: {path}",
    "no sound was kept": "音声は保存されていません",
    "no sound was kept of this turn": "この発言の音声は保存されていません",
    "its sound was removed to keep within the limit": "上限を超えたため、音声は削除されました",
    "playing {s:.1f} s; {key} stops": "{s:.1f} 秒を再生中。{key} で停止",
    "there is no call that could play it: {key} begins one": (
        "再生できる通話がありません。{key} で始めます"
    ),
}

_LINKS: Final = {
    "1 link in this turn": "この発言のリンク 1 件",
    "{count} links in this turn": "この発言のリンク {count} 件",
    "Nothing is opened before you say yes.": "確認するまで何も開きません。",
    "Open {target} in the browser? y yes, n no": (
        "{target} をブラウザーで開きますか? y はい、n いいえ"
    ),
    "Copied: {target}": "コピーしました: {target}",
    "No browser can be opened from here; c copies the address.": (
        "ここではブラウザーを開けません。c でアドレスをコピーします。"
    ),
    "enter asks first.": "先に enter で確認します。",
    "Handed to the browser: {target}": "ブラウザーに渡しました: {target}",
    "called: {label}": "表示: {label}",
    "careful: {warning}": "注意: {warning}",
    "The browser cannot be started: {why}.": "ブラウザーを起動できません: {why}。",
}

_SETUP: Final = {
    "Service": "サービス",
    "Address": "アドレス",
    "Model": "モデル",
    "Deployment": "デプロイ",
    "Key": "キー",
    "Level": "レベル",
    "Language": "話す言語",
    "Save": "保存",
    "Leave": "中止",
    "Play three notes": "3つの音を再生",
    "any; or such as en, ja": "指定なし。または en、ja など",
    "tab next  F2 save  escape leave": "tab 次へ  F2 保存  escape 中止",
    "tab next  F2 save  F3 three notes  escape leave": "tab 次へ  F2 保存  F3 試聴  escape 中止",
    "the best known": "既知の最良",
    "not shown; kept in the keyring or a 0600 file": (
        "表示しません。キーリングか 0600 のファイルに保存"
    ),
    "a key is in {where}": "キーあり: {where}",
    "no sound here: you can type": "音声なし: 文字で入力できます",
    "No sound here: {problem}.": "音声が使えません: {problem}。",
    "You can type, and answers are written.": "文字で入力でき、応答も文字で表示されます。",
    "There is no loudspeaker to play them.": "再生するスピーカーがありません。",
    "Three notes are played; if you hear none, choose another loudspeaker.": (
        "3つの音を再生します。聞こえなければ別のスピーカーを選んでください。"
    ),
    "Asking the service about the key ...": "サービスにキーを確認しています ...",
    "F2 once more keeps it all the same.": "もう一度 F2 を押すと、そのまま保存します。",
    "{device} (not connected now)": "{device} (未接続)",
    "OpenAI": "OpenAI",
    "Azure": "Azure",
    "a compatible service": "互換サービス",
    "the embedded service: no key, nothing is sent, nothing is billed": (
        "内蔵サービス: キー不要、送信も課金もなし"
    ),
    "Setting up voicetui. Enter keeps what is in brackets; ctrl+c changes nothing.": (
        "voicetui の設定です。Enter だけなら [ ] の値のまま、ctrl+c なら何も変えません。"
    ),
    "Which service?": "どのサービスですか?",
    "Language you speak, such as en or ja; - for any": "話す言語 (en、ja など。- は指定なし)",
    "Now start: voicetui": "始めるには: voicetui",
    "Address of the resource, such as https://NAME.openai.azure.com": (
        "リソースのアドレス、例 https://NAME.openai.azure.com"
    ),
    "Address, such as http://127.0.0.1:8000/v1": "アドレス、例 http://127.0.0.1:8000/v1",
    "Name of the deployment": "デプロイの名前",
    "in {where}": "{where} にあり",
    "Key for {name}, not shown [{has}]": "{name} のキー、表示しません [{has}]",
    "Microphone?": "マイクはどれですか?",
    "Loudspeaker?": "スピーカーはどれですか?",
    "No microphone here: you can type.": "マイクがありません。文字で入力できます。",
    "No loudspeaker here: answers are written.": "スピーカーがありません。応答は文字で表示します。",
    "Say something; listening for {s:g} seconds ...": "何か話してください。{s:g} 秒間聞きます ...",
    "Nothing was heard: is it muted, or is another one meant?": (
        "何も聞こえません。ミュートですか、別のマイクですか?"
    ),
    "Heard you, {db} dB below the loudest.": "聞こえました。最大から {db} dB 下です。",
    "Choose another?": "別のものを選びますか?",
    "Three notes were played. Did you hear them?": "3つの音を再生しました。聞こえましたか?",
    "Number": "番号",
    "There are 1 to {count}.": "1 から {count} までです。",
    "{question} y or n": "{question} y か n",
    "Setting up was not finished": "設定は完了していません",
    "Nothing was changed.": "何も変更していません。",
}

_PLAIN: Final = {
    "Starting the embedded service ...": "内蔵サービスを起動しています ...",
    "Calling {service}.": "{service} に接続します。",
    "Type a line and press Enter to say it. Letters with Enter: t talk, m mute, . interrupt, "
    "? all commands, q quit.": (
        "文を入力して Enter で送信します。文字と Enter: t 会話、m ミュート、. 割り込み、"
        "? コマンド一覧、q 終了。"
    ),
    "y, n: when a function asks to run: allow, refuse": "y, n: 関数の実行の確認に: 許可、拒否",
    "A space before a line sends it as text.": "行頭に空白を置くと、文として送信します。",
    "/{name} takes nothing behind it.": "/{name} の後には何も付けません。",
    "/{name} needs {what}": "/{name} には {what} が必要です",
    "{typed} is no command; did you mean {near}.": (
        "{typed} というコマンドはありません。{near} ですか。"
    ),
    "{typed} is no command; ? lists all.": (
        "{typed} というコマンドはありません。? で一覧を示します。"
    ),
    "pause or resume listening; push-to-talk: start, then send": (
        "聞き取りの休止と再開。プッシュトークでは録音開始と送信"
    ),
    "mute and unmute the microphone": "マイクのミュートと解除",
    "interrupt the answer": "応答に割り込み",
    "write the last answer again": "直前の応答をもう一度表示",
    "say what is going on, and with which devices": "今の状態と機器",
    "say how loud it is": "今の音量",
    "tokens and cost": "トークンと料金",
    "raise the budget by its first amount": "予算を最初の額だけ引き上げ",
    "list the newest conversations": "新しい会話の一覧",
    "find where something was said": "発言を検索",
    "write out an old conversation": "以前の会話を表示",
    "go on with an old conversation": "以前の会話を再開",
    "begin a new conversation": "新しい会話",
    "list microphones and loudspeakers": "マイクとスピーカーの一覧",
    "this list": "この一覧",
    "hang up and quit": "通話を切って終了",
    "the history does not answer": "履歴が応答しません",
    "no answer yet": "応答はまだありません",
    "no conversation yet": "会話はまだありません",
    "nothing found": "見つかりません",
    "end of the old conversation": "以前の会話の終わり",
    "/resume ID goes on with one, /show ID writes it out": "/resume ID で再開、/show ID で表示",
    "nothing was heard yet, and nothing was played": "まだ何も聞こえず、何も再生していません",
    "{db} dB below full": "最大から {db} dB 下",
    "microphone: {mic}; loudspeaker: {out}": "マイク: {mic}、スピーカー: {out}",
    "sound: {notice}": "音声: {notice}",
    "no microphone; t asks a recorded question": "マイクなし。t で録音済みの質問を送信",
    "sound stopped: {reason}; starting it again": "音声が停止しました: {reason}。再起動します",
    "sound is back": "音声が戻りました",
    "model {name}": "モデル {name}",
    "connected to {model}": "{model} に接続しました",
    "answer {how}: {why}": "応答 {how}: {why}",
    "running {call}": "{call} を実行中",
    "run {call}? y or n": "{call} を実行しますか? y か n",
    "Go on with: {command}": "続けるには: {command}",
}

JAPANESE: Final[dict[str, str]] = {
    **HELP,
    **SHELL,
    **SENTENCES,
    **_STATES,
    **_KEYS,
    **_CALL,
    **_SOUND,
    **_MONEY,
    **_HISTORY,
    **_LINKS,
    **_SETUP,
    **_PLAIN,
}
