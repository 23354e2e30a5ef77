"""The steps of `memory demo`: each tells a terminal what it does, and checks that what it tells is true."""
