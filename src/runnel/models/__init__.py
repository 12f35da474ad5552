"""Models: what turns a prompt into deltas. Each is one file; they know nothing of runs, logs or chats. Nothing is
imported here, so that a program pays only for the dialect that it speaks."""
