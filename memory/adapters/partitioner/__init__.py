"""Files to text by unstructured and PDFium, inside a sandboxed worker process."""
