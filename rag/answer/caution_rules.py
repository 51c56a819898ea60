"""The word lists behind ``cautions``: English, explained by their names, matched without case.

Each list is as short as the cases in the tests allow; a word is here because leaving it out let a
sentence mislead, or its exception because keeping it raised a false alarm.
"""

from __future__ import annotations

import re

REASONS = {
    "points-back": "It opens by pointing back to something said before it.",
    "continues": "It reads on from, or into, the neighbouring text.",
    "negated": "The text just outside says that this is not so, or that it is denied.",
    "hedged": "The text just outside makes this alleged, supposed or conditional.",
    "question": "A question just before it governs how it is meant.",
    "attributed": "The text just outside gives this as what somebody said.",
    "quotation": "It stands inside a quotation: these are the words of the speaker quoted there.",
    "fragment": "The sentence is longer than can be read at once and is cut at white space.",
}
# What the structure of the document and its marks say of the text.
MARKED = {
    "list-item": "It is one item of a list: what announces the list stands before it.",
    "list-cut": "The list goes on after it.",
    "struck": "It is crossed out, or deleted by an edit that is not yet accepted, in the document.",
    "hidden": "The document does not show this text: it is hidden in the file.",
    "inserted": "It is a proposed addition that is not yet accepted in the document.",
    "comment": "It is somebody's comment on the document, not its text.",
    "form": "It was filled into a form field of the document.",
    "ocr": "It was read from a picture: single characters may be wrong; see the page.",
    "reply": "It is from an earlier message that this message quotes.",
    "notes": "It is from a speaker's notes, which a slide does not show.",
    "garbled": "The file does not say what its characters mean: the text may be wrong.",
}


def _any(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{part})" for part in parts), re.IGNORECASE)


# --- an opening that points back ----------------------------------------------------------------

PRONOUN = _any(r"(?:he|she|they|him|her|them|his|their|its|hers|theirs|it)\b(?!-)")
PRONOUN_EXCEPT = _any(
    r"(?:he|she|they|those) (?:who|that|whose)\b",
    r"(?:his|her|their) (?:majest|royal|imperial|excellenc|holiness|highness|honou?r|grace)",
    # "It" that stands for nothing: weather, time, and what follows in "it is known that".
    r"it (?:rain|snow|hail)(?:s|ed)\b",
    r"it (?:(?:is|was|has been|had been|will be|would be|may be|might be|can be|must be|became|"
    r"seems|seemed|appears|appeared|remains|remained|follows|followed|turned out|turns out|"
    r"happened|happens|took|takes)\b)[^.;:]{0,60}?\b(?:that|to|who|whether|when|how|why|until|"
    r"for)\b",
    r"it (?:is|was) (?:\w+ )?(?:a\.m|p\.m|noon|midnight|dark|cold|hot|late|early|raining|"
    r"snowing)",
)
DEMONSTRATIVE = _any(r"(?:this|that|these|those|such)\b")
# The document itself, and openings in which the word stands for nothing before it.
DEMONSTRATIVE_EXCEPT = _any(
    r"(?:this|these) (?:\w+ )?(?:document|report|paper|article|study|chapter|section|act|"
    r"agreement|"
    r"order|law|regulation|directive|statute|treaty|convention|policy|notice|guide|manual|page|"
    r"book|thesis|contract|licen[cs]e|survey|review|memorandum|press release)s?\b",
    r"(?:this|these) (?:year|month|week|morning|afternoon|evening|days|spring|summer|autumn|"
    r"winter|century|time)\b",
    r"(?:that|those) (?:which|who|whose|of|wishing|seeking|born|living|found|affected)\b",
    r"that (?:the|a|an|some|no|all|any|he|she|they|we|it)\b(?!\s+\w+[.!?])",
    r"such (?:as|that)\b",
    r"such (?:a|an)\b(?=[^.]*\bthat\b)",
)
CONNECTIVE = _any(
    r"(?:however|therefore|thus|hence|moreover|furthermore|nevertheless|nonetheless|consequently|"
    r"accordingly|instead|otherwise|meanwhile|similarly|likewise|conversely|besides|additionally|"
    r"also|then|still|yet|so|but|and|or|nor|indeed|afterwards|subsequently|thereafter|thereupon|"
    r"alternatively|equally|regardless|finally|in fact|that is|as a result|as such|in addition|"
    r"in turn|in contrast|by contrast|in comparison|in other words|in short|in that|in this|"
    r"in these|in those|in such|in it|on it|at it|for example|for instance|for this|for that|"
    r"for these|on the other hand|on the contrary|after this|after that|after these|before this|"
    r"before that|because of this|because of that|because of it|despite this|despite that|"
    r"as of this|at this point|at that|with this|with that|with it|of these|of those|of them|"
    r"among these|among them|among those|one of them|both of them|some of them|most of them|"
    r"all of them|none of them|neither of them|under this|under that|under it|under these|"
    r"from this|from that|by this|by that|to this|to that|to these|until then|since then|"
    r"by then|even so|that said|the former|the latter|the same applies|the above|vice versa|"
    r"not so|the other(?: one)?)\b(?!-)"
)
CONNECTIVE_EXCEPT = _any(
    r"however (?:much|many|hard|long|far|often|large|small|great|good|bad|it|you|they|he|she)\b",
    r"(?:so (?:far|long as|much for|that|as to|many|much)|thus far|as such as)\b",
    r"(?:instead|besides|regardless|afterwards|thereafter|accordingly) of\b",
    r"besides (?:the|a|an|its|his|her|their|being|[A-Z])",
    r"(?:in addition|in contrast|in comparison|on the contrary|similarly|equally|"
    r"likewise) (?:to|with)"
    r" (?:the|a|an|other|most|many|all|[A-Z])",
    r"also (?:known|called|named|spelled)\b[^.]*,",
    r"otherwise (?:known|called)\b",
    r"still (?:life|water|image|photograph|birth|wine)s?\b",
    r"but for (?:the|a|an)\b",
    r"in (?:this|these) (?:document|report|paper|article|study|chapter|section|act|agreement|"
    r"order|"
    r"regulation|statute|treaty|convention|policy)s?\b",
    r"for (?:this|these) (?:purpose|study|report)s? of\b",
    r"(?:under|by) (?:this|these) (?:act|agreement|order|regulation|statute|treaty|convention|"
    r"contract|licen[cs]e|policy|section|article)s?\b",
    r"and/or\b",
    r"then (?:president|prime|secretary|senator|governor|minister|chancellor)\b",
    r"indeed\.com\b",
    r"finally (?:approved|signed|adopted)\b",
    r"(?:to|in|at|from|with|of) that (?:which|end of)\b",
)

# --- the neighbours -----------------------------------------------------------------------------

LEAD_NEGATED = _any(
    r"\b(?:not|never|none|neither|nobody|false|untrue|incorrect|wrong|myths?|misconceptions?|"
    r"fiction|denie[sd]|deny|denying|denial|reject(?:s|ed)?|disput(?:e|es|ed)|refut(?:e|es|ed)|"
    r"debunked|baseless|unfounded|fabricated|retracted|withdrawn|contrary|mistaken(?:ly)?)\b",
    r"\bno\b(?!\.)",
    r"n['’]t\b",
)
LEAD_NEGATED_EXCEPT = _any(
    r"\b(?:not|no) (?:only|just|merely|later|less|more|fewer|limited)\b",
    r"\bwhether or not\b",
    r"\bnot be limited\b",
)
LEAD_HEDGED = _any(
    r"\b(?:alleg\w+|purported\w*|supposed\w*|suppose|rumou?r\w*|claim(?:s|ed|ing)?|hypothe\w+|if|"
    r"unless|assum(?:e|es|ed|ing|ption|ptions)|imagine|suggest(?:s|ed)?|might|perhaps|possibly|"
    r"reportedly|unconfirmed|unverified|speculat\w+|conspiracy|theor(?:y|ies)|fictional|scenario|"
    r"would|could|charge[sd]?|charges|accus\w+|indictment|complaint)\b"
)
LEAD_ATTRIBUTED = _any(
    r"\b(?:said|says|say|saying|told|tells|stated|states|wrote|writes|argue[sd]?|according to|"
    r"testified|"
    r"testimony|added|insist(?:s|ed)|declare[sd]|announce[sd]|explain(?:s|ed)|note[sd]|repl(?:y|"
    r"ies|ied)|"
    r"ask(?:s|ed)|warn(?:s|ed)|believe[sd]?|thinks|thought|remarked|recalled|statement|speech|"
    r"letter|"
    r"interview|tweeted|posted|quoted|words of|asserted|contend(?:s|ed)|maintain(?:s|ed)|"
    r"complained)\b"
)
HEADING_NEGATED = _any(
    r"\b(?:myths?|misconceptions?|false claims?|debunked|hoax(?:es)?|fallac(?:y|ies))\b"
)
HEADING_HEDGED = _any(
    r"\b(?:allegations?|rumou?rs?|hypothes[ie]s|speculations?|fictional|hypothetical|"
    r"conspiracy theor(?:y|ies)|unverified|unconfirmed)\b"
)
BEFORE_HEDGED = _any(
    r"(?:suppose|imagine|assume|picture|say|consider|pretend)(?: for a moment| for now)?"
    r"(?:,| that\b| the following| this\b| a world\b| a scenario\b| you\b)",
    r"(?:here is|this is|what follows is) (?:a|the|one) (?:hypothetical|scenario|theory|"
    r"rumou?r)\b",
)

_SUBJECT = r"(?:[\w’'.-]+ ){1,6}?"
_CLAIM = (
    r"(?:this|that|it|them|these|any (?:of|such|wrong)|all of (?:this|that|it)|both|the "
    r"(?:claim|charge|allegation|report|accusation|suggestion|story|statement|assertion)s?)\b"
    r"(?! (?:that|of|to)\b)"
)
AFTER_NEGATED = _any(
    r"(?:this|that|it|these|both|all (?:of )?(?:this|that)|none of (?:this|that|it|these)|"
    r"the (?:claim|"
    r"report|statement|story|allegation|charge|figure|assertion|account|"
    r"rumou?r)s?)\b[^.!?]{0,60}?\b"
    r"(?:false|untrue|not true|not the case|incorrect|wrong|a (?:lie|myth|hoax|rumou?r|mistake)|"
    r"fabricat\w+|retracted|withdrawn|denied|disputed|refuted|debunked|baseless|unfounded|"
    r"disproved|disproven|never (?:happened|true|proved|proven|confirmed))\b",
    r"(?:is|was|did|does|were|has|have|are)(?:n['’]t| not) (?:true|so|the case|happen)\b",
    r"none of (?:this|that|it|these)\b",
    r"(?:no|false|wrong|untrue|incorrect|nonsense)\s*[.!,—–-]",
    r"not so\b",
    rf"{_SUBJECT}(?:later |since |strongly |flatly |has |have |had )*(?:denied|denies|deny|"
    rf"disputed?s?|"
    rf"rejects?|rejected|retracted|recanted|withdrew|refuted|refutes) {_CLAIM}",
)
AFTER_HEDGED = _any(
    r"(?:this|that|it|these|the (?:claim|report|story|account|allegation)s?)\b[^.!?]{0,40}?\b(?:"
    r"alleged|rumou?red|unconfirmed|unproven|unverified|speculation|a theory|hypothetical|"
    r"not (?:been )?(?:confirmed|proved|proven|verified))\b",
    r"(?:allegedly|reportedly|perhaps|supposedly|possibly|maybe)\s*[.!]",
    r"or so (?:it|the|they|he|she)\b",
    r"(?:if|unless|provided|assuming|only if|even if)\b[^,]{0,90}[.!]?$",
)
_SAID = (
    r"(?:said|says|added|adds|wrote|writes|claimed|claims|argued|argues|testified|stated|"
    r"insisted|told)"
)
AFTER_ATTRIBUTED = _any(
    rf"(?:so|or so|thus|at least so) {_SAID}\b",
    r"(?:this|that|such),? (?:at least,? )?(?:is|was) (?:at least )?(?:what|how|the (?:view|"
    r"opinion|"
    r"claim|position|argument|account|version) of)\b",
    r"at least,? (?:that|this) (?:is|was) (?:what|how)\b",
    rf"{_SAID}\b",
    rf"(?:he|she|they|"
    rf"[A-Z][\w’'.-]+(?: [A-Z][\w’'.-]+){{0,3}}) {_SAID}(?: [\w’'-]+){{0,3}}\s*[.!]?$",
    r"according to [^,]{0,70}[.!]?$",
    r"(?:those|these) (?:are|were) (?:his|her|their|the) words\b",
)

# A full stop after one of these seldom ends a sentence.
ABBREVIATED = re.compile(
    r"\b(?:[A-Z]|Mr|Mrs|Ms|Messrs|Dr|Prof|Rev|Hon|Gen|Col|Capt|Lt|Sgt|Sen|Rep|Gov|St|Jr|Sr|Inc|Ltd|"
    r"Corp|Co|No|Nos|Art|Arts|Sec|Fig|Vol|pp?|vs?|cf|ca|approx|est|etc|bn|mn|e\.g|i\.e|a\.m|p\.m)\.$"
)

# --- quotations and highlights ------------------------------------------------------------------

SAYING = _any(
    r"\b(?:said|says|told|stated|states|wrote|writes|argued|argues|according to|testified|added|"
    r"adds|"
    r"insisted|declared|declares|announced|explained|noted|notes|replied|asked|asks|warned|"
    r"remarked|"
    r"recalled|tweeted|asserted|contends|contended|maintained|complained|cited|quoted|calls?|"
    r"called|"
    r"reads?|provides?|promised|claimed|claims)\b"
)
NEGATION = re.compile(
    r"\b(?:(?:do|does|did|is|was|were|are|has|have|had|will|would|can|could|shall|should|may|"
    r"might|"
    r"must|need|ought)\s+(?:[a-z]+ly\s+)?(?:not|never)\b|cannot\b|(?:\w+n['’]t)\b|"
    r"not\b|never\b|no longer\b|no\b(?!\.)|nobody\b|none\b|nothing\b|nowhere\b|neither\b|nor\b|"
    r"no one\b|"
    r"without\b|hardly\b|scarcely\b|barely\b|seldom\b|rarely\b|few\b(?<!a few)|"
    r"(?:fail(?:s|ed)?|refus(?:e|es|ed)|declin(?:e|es|ed)|den(?:y|ies|ied)|reject(?:s|ed)?|"
    r"unable|unwilling|forbidden|prohibited|barred|prevented|stopped|far)\b|"
    r"allegedly\b|reportedly\b|supposedly\b|purportedly\b|falsely\b|wrongly\b|mistakenly\b)",
    re.IGNORECASE,
)
# What a negation does not reach across: the end of its clause.
CLAUSE_END = re.compile(
    r"[;:()\[\]“”\"!?]|[—–]|,(?!\s*(?:in|at|on|by|after|despite|as|of|for|however|it|so|or|nor|"
    r"and"
    r"(?= \w+(?: \w+)? (?:of|for|the)))\b)|\b(?:but|because|although|though|whereas|while|which|"
    r"who|whose|"
    r"since)\b",
    re.IGNORECASE,
)
REACH = 120  # code points between a negation and the words it governs
