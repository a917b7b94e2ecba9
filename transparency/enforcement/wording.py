"""What is said of runs and pipelines, in words. Pure."""

JUDGED = {
    "fine": "It honoured every choice that it had to honour.",
    "late": "It applied choices that were older than agreed, and somebody had refused meanwhile.",
    "ignored": "It did not honour a refusal that it had to honour.",
    "impossible": "Its numbers can't be: more left out than seen, or a sequence that it was never given.",
}
