"""OpenAI's wire format, so that its official clients work unchanged: each answer is a run of Runnel, and what comes
over the wire a view of its log."""
