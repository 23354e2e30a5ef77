"""National numbers and who judges them: values are made and broken by code that the recognizers do not share."""
