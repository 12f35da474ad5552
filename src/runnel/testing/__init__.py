"""What tests of Runnel, and of what is built on it, stand on: contract suites for each extension point, to be
inherited, and servers to test against. Needs pytest; nothing else imports it."""
