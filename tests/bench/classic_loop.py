"""The loop of the well-known sample scripts for Assistants, as a process: what we compare with.

Record a fixed time, transcribe the file, create message and run, poll, fetch the whole speech file,
then play it.  One JSON object per line on stdout; times are CLOCK_MONOTONIC.
"""

from __future__ import annotations

import argparse
import io
import json
import time
import warnings
import wave

import sounddevice
from openai import OpenAI

RATE_HZ = 24_000
RECORD_S = 5.0
POLL_S = 0.5
LATENCY_S = 0.1
ENDED = ("completed", "incomplete", "failed", "cancelled", "expired")


def tell(event: str) -> None:
    """Say that something happened now."""
    print(json.dumps({"event": event, "at_s": time.monotonic()}), flush=True)


def record(seconds: float) -> bytes:
    """A WAV file of so long from the default microphone."""
    with sounddevice.RawInputStream(samplerate=RATE_HZ, channels=1, dtype="int16") as stream:
        tell("recording")
        pcm, _ = stream.read(int(seconds * RATE_HZ))
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE_HZ)
        writer.writeframes(bytes(pcm))
    return file.getvalue()


def answer_to(client: OpenAI, thread_id: str, assistant_id: str, question: str) -> str:
    """Post, run, poll until the run has ended, read the newest message."""
    client.beta.threads.messages.create(thread_id, role="user", content=question)
    run = client.beta.threads.runs.create(thread_id=thread_id, assistant_id=assistant_id)
    while run.status not in ENDED:
        time.sleep(POLL_S)
        run = client.beta.threads.runs.retrieve(run.id, thread_id=thread_id)
    if run.status != "completed":
        raise RuntimeError(f"the run ended as {run.status}")
    message = client.beta.threads.messages.list(thread_id, limit=1).data[0]
    return "".join(part.text.value for part in message.content if part.type == "text")


def play(wav: bytes, seconds: float) -> None:
    """Play the beginning of a WAV file: its end does not matter here."""
    # A streamed WAV file does not know its length: all that follows the header is sound.
    pcm = wav[wav.index(b"data") + 8 :]
    silence = bytes(int(2 * LATENCY_S * RATE_HZ) * 2)
    with sounddevice.RawOutputStream(
        samplerate=RATE_HZ, channels=1, dtype="int16", latency=LATENCY_S
    ) as stream:
        stream.write(pcm[: int(seconds * RATE_HZ) * 2] + silence)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True, help="base URL of the service, with /v1")
    parser.add_argument("--turns", type=int, required=True)
    parser.add_argument("--play-s", type=float, default=0.6, help="play so much of each answer")
    options = parser.parse_args()
    warnings.simplefilter("ignore", DeprecationWarning)
    client = OpenAI(base_url=options.url, api_key="demo", max_retries=0)
    assistant = client.beta.assistants.create(model="demo", name="classic")
    thread = client.beta.threads.create()
    for _ in range(options.turns):
        recorded = record(RECORD_S)
        tell("turn_ended")
        heard = client.audio.transcriptions.create(
            model="whisper-1", file=("speech.wav", recorded, "audio/wav")
        )
        tell("transcribed")
        text = answer_to(client, thread.id, assistant.id, heard.text)
        tell("answered")
        speech = client.audio.speech.create(
            model="tts-1", voice="alloy", input=text, response_format="wav"
        )
        tell("fetched")
        play(speech.content, options.play_s)


if __name__ == "__main__":
    main()
