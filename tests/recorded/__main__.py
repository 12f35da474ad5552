"""`python -m tests.recorded`: write the messages and traces anew."""

from tests.recorded import write

write()
