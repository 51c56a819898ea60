"""The road of one question: retrieve, read, compose, verify."""

from rag.answer.abstain import abstain
from rag.answer.cautions import cautions
from rag.answer.compose import compose
from rag.answer.same import same_words
from rag.answer.verify import verify

__all__ = ["abstain", "cautions", "compose", "same_words", "verify"]
