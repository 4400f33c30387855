"""The embedded OpenAI-compatible speech service: a process of its own, on loopback."""
