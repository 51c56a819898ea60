"""Hand-made follow-up questions: a history, a question, and what should be made of it."""

from __future__ import annotations

from typing import NamedTuple

from rag.conversation.earlier import EarlierTurn


class Case(NamedTuple):
    """wanted: "leans", "alone" (same topic, complete) or "new" (another topic, inherits nothing).

    carried: words that the carried terms must hold; barred: words that they must not.
    """

    history: str
    question: str
    wanted: str
    carried: str = ""
    barred: str = ""


HISTORIES: dict[str, tuple[EarlierTurn, ...]] = {
    "order": (
        EarlierTurn(
            "Who signed the executive order?",
            ("President Halvorsen signed the executive order on border checks on Friday.",),
        ),
    ),
    "order, question alone": (EarlierTurn("Who signed the order?"),),
    "bridge": (
        EarlierTurn(
            "When was the Sandvik Bridge opened?",
            ("The Sandvik Bridge was opened on 4 May 1931 after six years of work.",),
            ("Sandvik Bridge",),
        ),
        EarlierTurn(
            "Who designed it?",
            ("It was designed by Ingrid Solheim, an engineer from Bergen.",),
            ("Sandvik Bridge",),
        ),
    ),
    "meeting": (
        EarlierTurn(
            "Who met at Lisbon?",
            ("Maria Costa met Pedro Alves at Lisbon on 16 July 2018.",),
        ),
    ),
    "loans": (
        EarlierTurn("How do I apply for federal student aid?"),
        EarlierTurn("Do I need to fill out the FAFSA form each year?"),
    ),
    "typed small": (
        EarlierTurn(
            "who discovered penicillin", ("Penicillin was discovered by Alexander Fleming.",)
        ),
    ),
    "merger": (
        EarlierTurn(
            "Which companies agreed to merge?",
            ("Norlake Energy and Tessin Power agreed to merge in March.",),
        ),
        EarlierTurn(
            "How many jobs will be cut?",
            ("The companies expect to cut 1,200 jobs over two years.",),
        ),
    ),
}

CASES = (
    Case("order", "When did he sign it?", "leans", "order", "Friday"),
    Case("order", "Why?", "leans", "order"),
    Case("order", "Why did he sign it?", "leans", "Halvorsen order"),
    Case("order", "What does it say?", "leans", "order"),
    Case("order", "And when?", "leans", "order"),
    Case("order", "Where was it signed?", "leans", "order"),
    Case("order", "Did anyone object to it?", "leans", "order"),
    Case("order", "What does the order ban?", "leans", "executive"),
    Case("order", "How did he explain this decision?", "leans", "order"),
    Case("order", "Who else signed?", "leans", "order"),
    Case("order", "What about the governors?", "leans", "order"),
    Case("order", "What is the weather in Paris?", "new"),
    Case("order", "Who is the prime minister of Japan?", "new"),
    Case("order", "How tall is Mount Everest?", "new"),
    Case("order", "What is photosynthesis?", "new"),
    Case("order", "How many judges sit on the supreme court of Canada?", "new"),
    Case("order", "Which languages are spoken in Switzerland?", "new"),
    Case("order", "Who was Marie Curie?", "new"),
    Case("order", "What did President Halvorsen say about the executive order?", "alone"),
    Case("order, question alone", "When did he sign it?", "leans", "order"),
    Case("order, question alone", "What is the weather in Paris?", "new"),
    Case("order, question alone", "And the second?", "leans", "order"),
    Case("order, question alone", "Why?", "leans", "order"),
    Case("bridge", "How long is it?", "leans", "Sandvik Bridge"),
    Case("bridge", "Where was she born?", "leans", "Ingrid Solheim"),
    Case("bridge", "What else did she design?", "leans", "Solheim"),
    Case("bridge", "How much did the bridge cost?", "leans", "Sandvik"),
    Case("bridge", "Is it still open?", "leans", "Bridge"),
    Case("bridge", "And how many cars cross it?", "leans", "Bridge"),
    Case("bridge", "Was she paid for that?", "leans", "Solheim"),
    Case("bridge", "Who owns the Sandvik Bridge today?", "alone"),
    Case("bridge", "Did Ingrid Solheim design the Sandvik Bridge alone?", "alone"),
    Case("bridge", "What is the capital of Mongolia?", "new"),
    Case("bridge", "Which vitamins are found in carrots?", "new"),
    Case("bridge", "When did the Berlin Wall fall?", "new"),
    Case("bridge", "Who wrote Don Quixote?", "new"),
    Case("meeting", "When was he born?", "leans", "Pedro Alves", "2018"),
    Case("meeting", "What did they discuss?", "leans", "Costa"),
    Case("meeting", "How long did they talk?", "leans", "Alves"),
    Case("meeting", "Who won the 2018 World Cup?", "new"),
    Case("meeting", "How large is the Amazon rainforest?", "new"),
    Case("meeting", "Where did Maria Costa go to school?", "alone"),
    Case("loans", "Do I have to do it online?", "leans", "FAFSA"),
    Case("loans", "When is the deadline?", "leans", "FAFSA"),
    Case("loans", "yes", "leans", "FAFSA"),
    Case("loans", "Is that the same for everyone?", "leans", "FAFSA"),
    Case("loans", "What happens if I miss it?", "leans", "FAFSA"),
    Case("loans", "Who qualifies for federal student aid?", "alone"),
    Case("loans", "Which plants grow in the Sahara desert?", "new"),
    Case("loans", "How do I renew my driving licence?", "new"),
    Case("loans", "What is a tsunami?", "new"),
    Case("typed small", "when did he discover it", "leans", "penicillin"),
    Case("typed small", "where was he born", "leans", "Fleming"),
    Case("typed small", "did he win any awards", "leans", "Fleming"),
    Case("typed small", "what is it used for", "leans", "penicillin"),
    Case("typed small", "how far is the moon from the earth", "new"),
    Case("typed small", "who painted the mona lisa", "new"),
    Case("typed small", "what are tectonic plates", "new"),
    Case("typed small", "was penicillin patented by alexander fleming", "alone"),
    Case("merger", "When will they merge?", "leans", "Norlake Tessin"),
    Case("merger", "Why?", "leans", "jobs"),
    Case("merger", "Where will these jobs be lost?", "leans", "companies"),
    Case("merger", "What does the union say about it?", "leans", "jobs"),
    Case("merger", "And the first?", "leans"),
    Case("merger", "Will that harm customers?", "leans"),
    Case("merger", "Did Norlake Energy and Tessin Power agree to merge?", "alone"),
    Case("merger", "How many jobs will Norlake Energy cut?", "alone"),
    Case("merger", "Who directed the film Vertigo?", "new"),
    Case("merger", "What causes the northern lights?", "new"),
)
