"""The HTTP surfaces: Assistants, Responses, Conversations, Chat Completions, speech."""
