"""Floor 4: chats. What an answer is made of: the branch's history, the documents' passages, the model; and what a
question does while another is being answered."""
