"""The Realtime protocol, sans-IO: `machine.RealtimeMachine` and its regions."""
