"""What sound comes from and goes to: PortAudio, a clocked silence, files."""
