"""Many runs and chats over one web socket."""
