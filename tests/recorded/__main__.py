"""`python -m tests.recorded`: write the messages anew."""

from tests.recorded import write_messages

write_messages()
