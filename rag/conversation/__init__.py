"""Questions that may lean on what came before: turns, and what a question takes over from them."""

from rag.conversation.conversation import Conversation, Turn
from rag.conversation.earlier import EarlierTurn
from rag.conversation.understanding import after, forced, understand

__all__ = ["Conversation", "EarlierTurn", "Turn", "after", "forced", "understand"]
