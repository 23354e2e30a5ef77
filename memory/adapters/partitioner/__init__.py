"""Files to text by unstructured and PDFium, inside a sandboxed worker process."""

from memory.adapters.partitioner.limits import Limits
from memory.adapters.partitioner.sandbox import SandboxedPartitioner

__all__ = ["Limits", "SandboxedPartitioner"]
