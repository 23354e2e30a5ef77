"""The HTTP surface: routes translate, they never decide."""
