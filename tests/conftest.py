"""What all tests share: how hypothesis searches."""

from hypothesis import settings

# No deadline: a test that fails because the machine was busy tells nothing of the code.
settings.register_profile("outfall", deadline=None, print_blob=True)
settings.load_profile("outfall")
