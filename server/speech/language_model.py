"""A small trigram model made from the phrase patterns, written as ARPA for pocketsphinx."""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol, TextIO

from server.speech.phrases import parse, patterns

SAMPLES_PER_PATTERN = 400
SCALE = 50.0  # sentences that one pattern stands for
SEED = 7
DISCOUNT = 0.6  # of each n-gram's count, given to what was never seen behind the same words
GENERAL_SHARE = 0.35  # of the bigrams behind a common word: English as others speak it
HISTORIES = 200  # so many commonest words
FOLLOWERS = 80  # general bigrams kept behind each common word
OTHER_WORDS_SHARE = 0.12  # of the unigrams: common words that no pattern holds
BEGIN, END = "<s>", "</s>"


def _sample(alternatives: list[object], rng: random.Random) -> list[str]:
    sequence = rng.choice(alternatives)
    assert isinstance(sequence, list)
    words: list[str] = []
    for element in sequence:
        if isinstance(element, str):
            words.append(element)
        else:
            kind, inner = element
            if kind == "any" or rng.random() < 0.5:
                words += _sample(inner, rng)
    return words


def sentences() -> Iterator[tuple[tuple[str, ...], float]]:
    """Sampled sentences with weights; the same every time."""
    rng = random.Random(SEED)
    for line, weight in patterns():
        alternatives = parse(line)
        samples = Counter(tuple(_sample(alternatives, rng)) for _ in range(SAMPLES_PER_PATTERN))
        for words, times in samples.items():
            if words:
                yield words, weight * SCALE * times / SAMPLES_PER_PATTERN


Counts = dict[tuple[str, ...], float]


def _count(known: Callable[[str], bool]) -> list[Counts]:
    """Unigrams, bigrams, trigrams of every sentence whose words the dictionary knows."""
    counts: list[Counts] = [defaultdict(float) for _ in range(3)]
    for words, weight in sentences():
        if not all(known(word) for word in words):
            continue
        padded = (BEGIN, *words, END)
        for order in range(3):
            for start in range(len(padded) - order):
                counts[order][padded[start : start + order + 1]] += weight
    return counts


def _unigrams(counts: Counts, others: Mapping[str, float]) -> dict[str, float]:
    total = sum(count for (word,), count in counts.items() if word != BEGIN)
    spare = {word: weight for word, weight in others.items() if (word,) not in counts}
    spare_total = sum(spare.values()) or 1.0
    probabilities = {
        word: (1 - OTHER_WORDS_SHARE) * count / total
        for (word,), count in counts.items()
        if word != BEGIN
    }
    for word, weight in spare.items():
        probabilities[word] = OTHER_WORDS_SHARE * weight / spare_total
    return probabilities


def _group(counts: Counts) -> dict[tuple[str, ...], dict[str, float]]:
    """By history: what follows, how often."""
    groups: dict[tuple[str, ...], dict[str, float]] = defaultdict(dict)
    for gram, count in counts.items():
        groups[gram[:-1]][gram[-1]] = count
    return groups


def _discounted(
    groups: dict[tuple[str, ...], dict[str, float]],
    lower: Callable[[tuple[str, ...], str], float],
) -> tuple[dict[tuple[str, ...], float], dict[tuple[str, ...], float]]:
    """Probabilities of the seen n-grams, and the back-off weight of each history."""
    seen: dict[tuple[str, ...], float] = {}
    backoff: dict[tuple[str, ...], float] = {}
    for history, followers in groups.items():
        total = sum(followers.values())
        discount = {word: min(DISCOUNT, 0.5 * count) for word, count in followers.items()}
        left = sum(discount.values()) / total
        covered = 0.0
        for word, count in followers.items():
            below = lower(history[1:], word)
            covered += below
            seen[(*history, word)] = (count - discount[word]) / total + left * below
        uncovered = max(1 - covered, 1e-6)
        remaining = max(1 - sum(seen[(*history, word)] for word in followers), 1e-6)
        backoff[history] = remaining / uncovered
    return seen, backoff


class English(Protocol):
    """A general model of the language."""

    @property
    def known(self) -> Callable[[str], bool]:
        """The dictionary can pronounce a word."""
        ...

    def common_words(self) -> Mapping[str, float]:
        """Word and probability, commonest first."""
        ...

    def after(self, history: str, word: str) -> float:
        """Probability of a word behind another."""
        ...


def _with_general(counts: Counts, vocabulary: Iterable[str], english: English) -> None:
    """Add what English has behind its commonest words to the bigrams of the phrases."""
    words = list(vocabulary)
    totals: dict[str, float] = defaultdict(float)
    for (history, _), count in counts.items():
        totals[history] += count
    for history in list(english.common_words())[:HISTORIES]:
        total = max(totals[history], SCALE) * GENERAL_SHARE / (1 - GENERAL_SHARE)
        likely = [(english.after(history, word), word) for word in words]
        likely.sort(reverse=True)
        for probability, word in likely[:FOLLOWERS]:
            counts[history, word] = counts.get((history, word), 0.0) + total * probability


def write_arpa(out: TextIO, english: English) -> None:
    """Every word that the phrases or common English have; longer runs from the phrases."""
    counts = _count(english.known)
    uni = _unigrams(counts[0], english.common_words())
    _with_general(counts[1], uni, english)

    def unigram(_history: tuple[str, ...], word: str) -> float:
        return uni.get(word, 1e-7)

    bi, bi_backoff = _discounted(_group(counts[1]), unigram)

    def bigram(history: tuple[str, ...], word: str) -> float:
        found = bi.get((*history, word))
        return found if found is not None else bi_backoff.get(history, 1.0) * unigram((), word)

    tri, tri_backoff = _discounted(_group(counts[2]), bigram)

    out.write(f"\\data\\\nngram 1={len(uni) + 1}\nngram 2={len(bi)}\nngram 3={len(tri)}\n\n")
    out.write(f"\\1-grams:\n-99 {BEGIN} {_log(bi_backoff.get((BEGIN,), 1.0))}\n")
    _write(out, (((word,), p) for word, p in uni.items()), bi_backoff)
    out.write("\n\\2-grams:\n")
    _write(out, bi.items(), tri_backoff)
    out.write("\n\\3-grams:\n")
    _write(out, tri.items(), None)
    out.write("\n\\end\\\n")


def _log(probability: float) -> str:
    return f"{math.log10(max(probability, 1e-9)):.4f}"


def _write(
    out: TextIO,
    grams: Iterable[tuple[tuple[str, ...], float]],
    backoff: Mapping[tuple[str, ...], float] | None,
) -> None:
    for gram, probability in sorted(grams):
        tail = "" if backoff is None else f" {_log(backoff.get(gram, 1.0))}"
        out.write(f"{_log(probability)} {' '.join(gram)}{tail}\n")
