"""Floor 3: runs. What makes an answer go on without its reader, end exactly once, and be found again. Runs know models
and logs; they know nothing of chats: what a run does is a body that is given to the runner."""
