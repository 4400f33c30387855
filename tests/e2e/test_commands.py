"""The commands as processes against the embedded service: output, exit codes, no key anywhere."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import tomllib
import wave
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.e2e.program import CANARY, REPOSITORY, Home, command, descendants
from tests.rig.card import SoundCard
from tests.server.process import running_server
from tests.waiting import wait_until

QUESTION = REPOSITORY / "tui" / "assets" / "question.wav"
UNDERSTOOD = "what is the capital of japan"


def seconds_of(data: bytes) -> float:
    """Length of a WAV of ours; fails on any other."""
    with wave.open(io.BytesIO(data)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 24000)
        return sound.getnframes() / 24000


# ---------------------------------------------------------------- ask


def test_a_typed_question_gives_its_answer_on_stdout_and_nothing_else(keyed: Home) -> None:
    done = keyed.run("ask", "What is the capital of Japan?")
    assert done.code == 0, done
    assert "Tokyo" in done.out
    assert done.out.count("\n") == 1
    assert "Tokens: " in done.err
    assert "audio in, " in done.err


def test_a_recorded_question_is_understood_and_answered_aloud(keyed: Home) -> None:
    done = keyed.run("ask", "--audio", str(QUESTION), "--out", "answer.wav", "--json")
    assert done.code == 0, done
    told = json.loads(done.out)
    assert told["question"] == UNDERSTOOD
    assert "Tokyo" in told["answer"]
    assert told["status"] == "completed"
    assert told["first_byte_ms"] > 0
    assert told["usage"]["audio_in"] > 0
    assert told["usage"]["audio_out"] > 0
    assert seconds_of((keyed.folder / "answer.wav").read_bytes()) > 0.5


def test_text_and_sound_come_and_go_through_pipes(keyed: Home) -> None:
    done = keyed.run("ask", "-", stdin=b"What is the capital of Japan?\n")
    assert (done.code, "Tokyo" in done.out) == (0, True), done
    sound = keyed.run("ask", "--audio", "-", "--out", "-", stdin=QUESTION.read_bytes())
    assert sound.code == 0
    assert seconds_of(sound.stdout) > 0.5
    assert "Tokyo" in sound.err


def test_a_wrong_key_is_refused_in_words(keyed: Home) -> None:
    keyed.env["OPENAI_API_KEY"] = wrong = "sk-wrong-but-also-secret"
    done = keyed.run("ask", "hello")
    assert done.code == 4, done
    assert "key" in done.err.lower()
    assert "Traceback" not in done.err
    assert wrong not in done.out + done.err


@pytest.mark.parametrize("kind", ["realtime", "responses", "audio", "assistants"])
def test_a_refused_question_ends_with_4_and_is_no_conversation(keyed: Home, kind: str) -> None:
    wrong = {"OPENAI_API_KEY": "sk-wrong-but-also-secret"}
    done = keyed.run("ask", "--session", kind, "hello", env=wrong)
    assert done.code == 4, done
    assert "refused the key" in done.err
    assert json.loads(keyed.run("history", "list", "--json").out)["conversations"] == []


def test_a_typed_question_to_audio_chat_is_answered_in_words(keyed: Home) -> None:
    done = keyed.run("ask", "--session", "audio", "What is the capital of Japan?", "--json")
    assert done.code == 0, done
    told = json.loads(done.out)
    assert "Tokyo" in told["answer"]
    assert told["first_text_ms"] > 0


def test_an_answer_nobody_could_hear_is_said(keyed: Home) -> None:
    done = keyed.run("ask", "--play", "--output", "nosuch", "hello")
    assert done.code == 6, done
    assert done.out.strip()
    assert "The answer was not heard: " in done.err


@pytest.mark.rig
def test_the_default_that_stands_in_for_a_loudspeaker_is_said(
    keyed: Home, sound_card: SoundCard
) -> None:
    env = sound_card.client_env(keyed.env)
    done = keyed.run("ask", "--play", "--output", "nosuch", "hello", env=env)
    assert done.code == 0, done
    assert done.err.count("the default is used for now: no loudspeaker is called 'nosuch'") == 1


def test_a_service_that_is_not_there_is_said(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    done = home.run("ask", "--base-url", f"http://127.0.0.1:{port}/v1", "--model", "m", "hello")
    assert done.code == 5, done
    assert f"127.0.0.1:{port}" in done.err
    assert "Traceback" not in done.err


def test_a_service_that_never_answers_is_given_up(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}/v1"
        done = home.run("ask", "--base-url", url, "--model", "m", "--timeout", "1.5", "hello")
    assert done.code == 5, done
    assert "1.5 s" in done.err


def test_a_failed_answer_is_no_answer(home: Home) -> None:
    with running_server(fail_response=True) as url:
        done = home.run("ask", "--base-url", url, "--model", "demo", "hello")
    assert done.code == 7, done
    assert "failed" in done.err


def test_an_incomplete_answer_is_shown_and_said(home: Home) -> None:
    with running_server(incomplete_response=True, fixed_answer="One. Two. Three.") as url:
        done = home.run("ask", "--base-url", url, "--model", "demo", "hello")
    assert done.code == 0, done
    assert done.out.startswith("One.")
    assert "incomplete" in done.err


def test_no_key_and_no_terminal_is_a_sentence(home: Home) -> None:
    for arguments in (("ask", "hello"), ()):
        done = home.run(*arguments)
        assert done.code == 3, done
        assert "OPENAI_API_KEY" in done.err
        assert "voicetui --demo" in done.err
        assert done.out == ""


def write_wav(path: Path, data: bytes, *, channels: int, width: int, rate_hz: int) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(width)
        sound.setframerate(rate_hz)
        sound.writeframes(data)


def test_other_wav_formats_are_converted(keyed: Home) -> None:
    import numpy as np
    import soxr

    with wave.open(str(QUESTION)) as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
    high = soxr.resample(samples.astype(float), 24000, 44100).round().astype("<i2")
    stereo = np.repeat(high, 2).tobytes()
    write_wav(keyed.folder / "stereo.wav", stereo, channels=2, width=2, rate_hz=44100)
    eight_bit = (samples // 256 + 128).astype(np.uint8).tobytes()
    write_wav(keyed.folder / "eight.wav", eight_bit, channels=1, width=1, rate_hz=24000)
    for name in ("stereo.wav", "eight.wav"):
        done = keyed.run("ask", "--audio", name, "--json")
        assert done.code == 0, done
        assert json.loads(done.out)["question"] == UNDERSTOOD


def test_recordings_that_cannot_be_used_are_named(keyed: Home) -> None:
    (keyed.folder / "text.wav").write_text("this is no sound at all")
    (keyed.folder / "empty.wav").touch()
    (keyed.folder / "folder.wav").mkdir()
    (keyed.folder / "header.wav").write_bytes(QUESTION.read_bytes()[:40])
    write_wav(keyed.folder / "silent.wav", b"", channels=1, width=2, rate_hz=24000)
    for name in ("missing", "text", "empty", "folder", "header", "silent"):
        done = keyed.run("ask", "--audio", f"{name}.wav")
        assert done.code == 6, done
        assert f"{name}.wav" in done.err
        assert "Traceback" not in done.err
        assert done.out == ""


def test_a_place_that_cannot_be_written_is_noticed_before_asking(keyed: Home) -> None:
    for place in ("nowhere/answer.wav", "."):
        done = keyed.run("ask", "--out", place, "hello")
        assert done.code == 6, done
        assert place in done.err
        assert "Asking" not in done.err


@pytest.mark.parametrize("place", ["nowhere/talk.wav", "file/talk.flac"])
def test_a_recording_that_cannot_be_written_is_noticed_before_the_call(
    home: Home, place: str
) -> None:
    (home.folder / "file").touch()
    done = home.run("--plain", "--demo", "--record", place, stdin=b"hello\n")
    assert (done.code, done.out) == (6, ""), done
    assert f"{place}: its folder does not exist." in done.err


def test_a_failed_answer_leaves_the_old_file_alone(home: Home) -> None:
    (home.folder / "answer.wav").write_text("precious")
    with running_server(fail_response=True) as url:
        done = home.run("ask", "--base-url", url, "--model", "demo", "--out", "answer.wav", "hi")
    assert done.code == 7, done
    assert (home.folder / "answer.wav").read_text() == "precious"


@pytest.mark.parametrize(
    "arguments",
    [
        ("ask",),
        ("ask", "text", "--audio", "x.wav"),
        ("ask", ""),
        ("ask", "text", "--out", "x.wav", "--play"),
        ("ask", "text", "--out", "-", "--json"),
        ("ask", "text", "--out", "answer.ogg"),
        ("ask", "text", "--speed", "9"),
        ("ask", "text", "--timeout", "-1"),
        ("serve", "--port", "70000"),
        ("--demo", "--base-url", "http://h/v1"),
        ("--plain", "--base-url", "foo"),
        ("--plain", "--demo", "--record", "x.ogg"),
        ("fly",),
    ],
)
def test_a_wrong_command_line_ends_with_2(home: Home, arguments: tuple[str, ...]) -> None:
    done = home.run(*arguments)
    assert done.code == 2, done
    assert done.out == ""
    assert "Traceback" not in done.err


def test_ctrl_c_ends_with_130_and_leaves_nothing_behind(home: Home) -> None:
    with running_server(latency_first_delta_ms=30_000) as url:
        process = home.start("ask", "--base-url", url, "--model", "demo", "hello")
        wait_until(lambda: descendants(process.pid), 20, "the engine runs")
        children = descendants(process.pid)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert b"Traceback" not in err
    wait_until(lambda: not any(Path(f"/proc/{child}").exists() for child in children), 5)


def test_a_reader_that_goes_away_is_no_fault(keyed: Home) -> None:
    process = keyed.start("config", "show")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read()
    process.wait(10)
    process.stderr.close()
    assert b"Traceback" not in err
    assert b"Exception" not in err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_being_told_to_end_leaves_nothing_behind(home: Home, number: int) -> None:
    temporary = home.folder / "tmp"
    temporary.mkdir()
    with running_server(latency_first_delta_ms=30_000) as url:
        process = home.start(
            *("ask", "--base-url", url, "--model", "demo", "hello"), env={"TMPDIR": str(temporary)}
        )
        wait_until(lambda: descendants(process.pid), 20, "the engine runs")
        children = descendants(process.pid)
        process.send_signal(number)
        _, err = process.communicate(timeout=10)
    assert process.returncode == 128 + number, err
    assert list(temporary.iterdir()) == []
    wait_until(lambda: not any(Path(f"/proc/{child}").exists() for child in children), 5)


def test_output_that_cannot_be_written_is_a_sentence(home: Home) -> None:
    for arguments in (("config", "path"), ("config", "show", "--json")):
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                command(*arguments), stdout=full, stderr=subprocess.PIPE, env=home.env, check=False
            )
        assert done.returncode == 1
        assert done.stderr == b"The output cannot be written: No space left on device.\n"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("--version", 0),
        ("config show", 0),
        ("history", 0),
        ("completions bash", 0),
        ("man", 0),
        ("key set", 3),
        ("--plain --demo", 0),
    ],
)
def test_streams_that_are_closed_are_no_fault(home: Home, arguments: str, code: int) -> None:
    for closed in ("</dev/null >&-", "</dev/null 2>&-", ">&- 2>&- <&-"):
        shell = f"{' '.join(command(*arguments.split()))} {closed}"
        done = subprocess.run(["sh", "-c", shell], env=home.env, capture_output=True, check=False)
        assert done.returncode == code, (closed, done)


def test_letters_the_terminal_cannot_show_become_marks(keyed: Home) -> None:
    done = keyed.run("config", "show", "--voice", "声", env={"PYTHONIOENCODING": "ascii"})
    assert done.code == 0, done
    assert 'voice = "?"' in done.out
    broken = subprocess.run(
        [*map(os.fsencode, command("ask")), b"caf\xe9, what is the capital of Japan?"],
        env=keyed.env,
        capture_output=True,
        check=False,
    )
    assert broken.returncode == 0, broken.stderr


@pytest.mark.parametrize("arguments", [("--demo",), ("ask", "--demo", "hello"), ("serve",)])
def test_without_the_demo_extra_it_is_named(home: Home, arguments: tuple[str, ...]) -> None:
    (home.folder / "sitecustomize.py").write_text(
        "import sys\nsys.modules['pocketsphinx'] = None\n"  # as if it were not installed
    )
    without = {"PYTHONPATH": str(home.folder)}
    done = home.run(*arguments, env=without)
    assert done.code == 3, done
    assert "'.[demo]'" in done.err
    assert "pocketsphinx" in done.err
    doctor = home.run("doctor", "--offline", env=without)
    assert "warning  embedded service: not installed" in doctor.out


# ---------------------------------------------------------------- keys


def test_the_key_is_nowhere_but_in_the_header(keyed: Home) -> None:
    """Streams, files, arguments of all processes, environments of children."""
    process = keyed.start("ask", "-v", "--audio", str(QUESTION), "--json")
    seen: set[int] = set()
    arguments = b""
    environments = b""
    while process.poll() is None:
        for pid in [process.pid, *descendants(process.pid)]:
            try:
                arguments += Path(f"/proc/{pid}/cmdline").read_bytes()
                if pid != process.pid and pid not in seen:
                    environment = Path(f"/proc/{pid}/environ").read_bytes()
                    # Between fork and exec a child still has our own environment.
                    if b"engine" in Path(f"/proc/{pid}/cmdline").read_bytes():
                        seen.add(pid)
                        environments += environment
            except OSError:
                continue
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert seen, "no child was looked at"
    canary = CANARY.encode()
    for place in (out, err, arguments, environments, keyed.everything_written()):
        assert canary not in place


def test_no_command_shows_the_key(keyed: Home) -> None:
    for arguments in (
        ("config", "show"),
        ("config", "show", "--json"),
        ("doctor", "--json"),
        ("doctor", "-v"),
        ("--key", CANARY),
        ("ask", "--api-key", CANARY, "hello"),
        ("ask", f"--wrong={CANARY}", "hello"),
    ):
        done = keyed.run(*arguments)
        assert CANARY not in done.out + done.err, arguments
    assert CANARY.encode() not in keyed.everything_written()


def test_a_fault_of_ours_is_one_sentence_and_its_traceback_has_no_locals(home: Home) -> None:
    (home.folder / "fault.py").write_text(
        "import sys\n"
        "from tui import cli\n"
        "import tui.__main__\n"
        "def run(argv):\n"
        "    very_secret = argv[0]\n"
        "    raise RuntimeError('broken with ' + very_secret)\n"
        "cli.run = run\n"
        "sys.exit(tui.__main__.main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "fault.py", CANARY],
        cwd=home.folder,
        env={**home.env, "PYTHONPATH": str(REPOSITORY), "OPENAI_API_KEY": CANARY},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("voicetui failed: RuntimeError: broken with ***.")
    assert "Traceback" not in done.stderr
    log = home.state / "voicetui.log"
    assert str(log) in done.stderr
    written = log.read_text()
    assert "Traceback" in written
    assert CANARY not in written + done.stdout + done.stderr
    assert log.stat().st_mode & 0o777 == 0o600
    assert home.state.stat().st_mode & 0o777 == 0o700


# ---------------------------------------------------------------- ours, not theirs


def test_folders_of_the_same_names_where_one_happens_to_be_do_not_run(keyed: Home) -> None:
    for name in ("engine", "shared", "server", "tui"):
        package = keyed.folder / name
        package.mkdir()
        for file in ("__init__.py", "__main__.py"):
            (package / file).write_text("raise SystemExit('the wrong code runs')\n")
    asked = keyed.run("ask", "--audio", str(QUESTION), "--out", "answer.wav")
    assert asked.code == 0, asked
    assert "Tokyo" in asked.out
    demo = keyed.run("ask", "--demo", "What is the capital of Japan?", env={"OPENAI_BASE_URL": ""})
    assert demo.code == 0, demo
    doctor = keyed.run("doctor", "--offline")
    assert doctor.code == 0, doctor
    for done in (asked, demo, doctor):
        assert "wrong code" not in done.out + done.err


# ---------------------------------------------------------------- without a terminal


def test_without_a_terminal_the_demo_holds_one_spoken_exchange(home: Home) -> None:
    done = home.run("--demo-without-key")
    assert done.code == 0, done
    assert "embedded service" in done.err
    lines = dict(line.split(": ", 1) for line in done.out.splitlines() if ": " in line)
    assert lines["You"] == UNDERSTOOD
    assert "Tokyo" in lines["Assistant"]
    assert seconds_of(Path(lines["Answer"]).read_bytes()) > 0.5
    assert "first sound after" in lines["Latency"]
    assert "audio out" in lines["Tokens"]
    assert (home.state / "demo").stat().st_mode & 0o777 == 0o700


def test_with_a_key_that_start_talks_to_the_real_service(keyed: Home) -> None:
    done = keyed.run("--demo-without-key", "--output", "file:mine.wav")
    assert done.code == 0, done
    assert "embedded" not in done.err
    assert seconds_of((keyed.folder / "mine.wav").read_bytes()) > 0.5


def test_plain_mode_holds_a_conversation_through_a_pipe(home: Home) -> None:
    script = b"Hello, my name is Ada.\nWhat is my name?\nt\nm\nm\nc\n"
    done = home.run("--demo", "--plain", stdin=script)
    assert done.code == 0, done
    lines = done.out.splitlines()
    said = [line for line in lines if line.startswith(("You: ", "Assistant: "))]
    assert said[0] == "You: Hello, my name is Ada."
    assert said[2] == "You: What is my name?"
    assert "Ada" in said[3]
    assert said[4] == f"You: {UNDERSTOOD}"
    assert "Tokyo" in said[5]
    assert len(said) == 6
    at = lines.index("[muted]")
    assert lines.index("[unmuted]") > at > lines.index(said[5])
    assert any(line.startswith("[Tokens: ") for line in lines)


def test_plain_mode_quits_and_says_when_the_service_refuses(keyed: Home) -> None:
    done = keyed.run("--plain", stdin=b"q\n")
    assert done.code == 0, done
    keyed.env["OPENAI_API_KEY"] = "sk-wrong-and-secret"
    done = keyed.run("--plain", stdin=b"hello\n")
    assert done.code == 4, done
    assert "key" in done.err.lower()


# ---------------------------------------------------------------- serve


def test_serve_is_a_service_for_others_and_ends_when_told(home: Home) -> None:
    serving = home.start("serve", "--port", "0", env={"VOICETUI_SERVER_KEY": CANARY})
    try:
        assert serving.stdout is not None
        url = json.loads(serving.stdout.readline())["listening"]
        children = descendants(serving.pid)
        assert children
        for pid in (serving.pid, *children):
            assert CANARY.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
        asked = home.run("ask", "--base-url", url, "Hello", env={"OPENAI_API_KEY": CANARY})
        assert asked.code == 0, asked
        refused = home.run("ask", "--base-url", url, "Hello", env={"OPENAI_API_KEY": "sk-other-1"})
        assert refused.code == 4, refused
        port = url.split(":")[2].split("/")[0]
        second = home.run("serve", "--port", port)
        assert second.code == 1, second
        assert second.err == f"Cannot serve: port {port} is in use; choose another with --port.\n"
    finally:
        serving.terminate()
        _, err = serving.communicate(timeout=15)
    assert serving.returncode == 0, err
    assert b"Traceback" not in err
    wait_until(lambda: not any(Path(f"/proc/{child}").exists() for child in children), 5)


def test_serve_takes_its_child_along_when_it_is_killed(home: Home) -> None:
    serving = home.start("serve", "--port", "0")
    assert serving.stdout is not None
    serving.stdout.readline()
    children = descendants(serving.pid)
    serving.kill()
    serving.communicate()
    wait_until(lambda: not any(_runs(child) for child in children), 10, "the service has ended")


def _runs(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


# ---------------------------------------------------------------- devices, doctor, config


def test_devices_without_a_sound_system_say_so(home: Home) -> None:
    nothing = {"PULSE_SERVER": "unix:/nonexistent"}
    done = home.run("devices", env=nothing)
    if done.code == 0:
        pytest.skip("this machine has sound devices of its own")
    assert done.code == 6, done
    assert "silent device" in done.err
    assert json.loads(home.run("devices", "--json", env=nothing).out)["devices"] == []
    doctor = home.run("doctor", "--offline", env=nothing)
    assert "No sound server answers at unix:/nonexistent (PULSE_SERVER)" in doctor.out


def test_a_sound_system_that_crashes_does_not_take_us_along(home: Home) -> None:
    crashing = {"ALSA_CONFIG_PATH": os.devnull}  # ALSA ends the process that reads it
    done = home.run("devices", env=crashing)
    assert done.code == 6, done
    assert "Traceback" not in done.err
    doctor = home.run("doctor", "--offline", env=crashing)
    assert "embedded service: installed" in doctor.out, doctor


@pytest.mark.rig
def test_devices_lists_the_sound_card(home: Home, on_sound_card: object) -> None:
    card = {name: value for name, value in os.environ.items() if name.startswith(("PULSE", "ALSA"))}
    done = home.run("devices", env=card)
    assert done.code == 0, done
    assert "*in *out" in done.out
    listing = json.loads(home.run("devices", "--json", env=card).out)
    assert any(device["default_output"] for device in listing["devices"])
    doctor = home.run("doctor", "--offline", env=card)
    assert "ok       sound: " in doctor.out, doctor


def test_doctor_checks_the_way_to_the_service(keyed: Home) -> None:
    done = keyed.run("doctor", "--json")
    report = json.loads(done.out)
    checks = {check["name"]: check for check in report["checks"]}
    assert done.code == 0, done
    assert report["ok"] is True
    assert checks["key"]["text"] == "from OPENAI_API_KEY"
    assert "connected in" in checks["service"]["text"]
    assert checks["access"]["text"] == "the service takes the key from OPENAI_API_KEY"
    wrong = keyed.run("doctor", env={"OPENAI_API_KEY": "sk-wrong-but-also-secret"})
    assert wrong.code == 4, wrong
    assert (
        "PROBLEM  access: The service refused the key. Check OPENAI_API_KEY or `voicetui key`."
        in wrong.out
    )
    assert "wrong-but" not in wrong.out + wrong.err
    assert checks["state folder"]["text"] == str(keyed.state)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    gone = keyed.run("doctor", "--base-url", f"http://127.0.0.1:{port}/v1")
    assert gone.code == 5, gone
    assert "PROBLEM  service: " in gone.out
    offline = keyed.run("doctor", "--offline", "--base-url", f"http://127.0.0.1:{port}/v1")
    assert offline.code == 0, offline


def test_doctor_is_not_content_with_a_server_that_is_no_service(home: Home) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/v1"
        done = home.run("doctor", "--base-url", url, "--service", "compatible", "--model", "m")
    finally:
        server.shutdown()
        server.server_close()
    assert done.code == 5, done
    assert "; No WebSocket at " in done.out
    assert "connected in" not in done.out


def test_doctor_names_a_broken_config_and_goes_on(keyed: Home) -> None:
    keyed.config.write_text('[session]\nvoise = "cedar"\n')
    keyed.env["VOICETUI_VOCE"] = "x"
    done = keyed.run("doctor", "--offline")
    assert done.code == 3, done
    assert f'{keyed.config}:2: unknown setting "voise"' in done.out
    assert "VOICETUI_VOCE means nothing to voicetui; did you mean VOICETUI_VOICE?" in done.out
    assert "ok       echo: " in done.out or "warning  echo: " in done.out


def test_config_shows_who_won_and_validates(keyed: Home) -> None:
    assert keyed.run("config", "path").out.strip() == str(keyed.config)
    assert keyed.run("config", "validate").code == 0
    keyed.config.write_text('[session]\nvoice = "cedar"\nspeed = 1.25\n')
    shown = keyed.run("config", "show", "--speed", "0.5").out
    assert 'voice = "cedar"  # config.toml:2' in shown
    assert tomllib.loads(shown)["session"]["speed"] == 0.5
    (keyed.folder / "shown.toml").write_text(shown)
    again = keyed.run("config", "validate", env={"VOICETUI_CONFIG": "shown.toml"})
    assert again.code == 0, again
    assert keyed.run("config").out == keyed.run("config", "show").out
    assert "speed = 0.5  # flag --speed" in shown
    assert "# environment OPENAI_BASE_URL" in shown
    assert "# OPENAI_API_KEY: set, not shown" in shown
    keyed.config.write_text("[session]\nspeed = 99\n")
    done = keyed.run("config", "validate")
    assert done.code == 3
    assert f"{keyed.config}:2: speed in [session] must be" in done.err
    asked = keyed.run("ask", "hello")
    assert asked.code == 3, asked
    assert "speed in [session]" in asked.err


def test_a_state_folder_that_cannot_be_made_is_a_sentence(home: Home) -> None:
    home.state.write_text("I am a file")
    for arguments in (("--demo",), ("serve", "--port", "0")):
        done = home.run(*arguments)
        assert done.code == 3, done
        assert str(home.state) in done.err
        assert "Traceback" not in done.err


def test_the_installed_script_is_there() -> None:
    assert shutil.which("voicetui", path=str(Path(sys.executable).parent)), (
        "pip install -e . --config-settings editable_mode=compat"
    )


def test_doctor_says_what_to_do_and_holds_nothing_personal(keyed: Home) -> None:
    keyed.config.write_text('[session]\ninstructions = "You are my aunt Agatha."\n')
    nothing = {"PULSE_SERVER": "unix:/nonexistent", "LC_ALL": "C", "PYTHONUTF8": "0"}
    keyed.env["VOICETUI_VOCE"] = "x"
    done = keyed.run("doctor", "--offline", env=nothing)
    lines = done.out.splitlines()
    for at, line in enumerate(lines):
        if line.startswith("warning"):
            assert lines[at + 1].startswith("         what to do: "), line
    assert "Set VOICETUI_VOICE, or unset VOICETUI_VOCE." in done.out
    assert "session.instructions (config.toml:2)" in done.out
    assert "Agatha" not in done.out + done.err
    report = json.loads(keyed.run("doctor", "--offline", "--json", env=nothing).out)
    advised = [check for check in report["checks"] if check["verdict"] != "ok"]
    assert advised
    assert all(check["advice"] for check in advised)
