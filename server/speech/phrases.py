"""What people say to a demo: patterns from which the recogniser's language model is made.

One pattern per line: `(a|b)` is a choice, `[a]` may be missing, `<slot>` is a list of words.
Everything is lower case and spelt as in the recogniser's dictionary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

SLOTS: dict[str, str] = {
    "digit": "one|two|three|four|five|six|seven|eight|nine|ten",
    "number": (
        "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen"
        "|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy"
        "|eighty|ninety|twenty one|twenty five|thirty two|forty two|fifty five|seventy three"
        "|ninety nine|one hundred|a hundred|two hundred|five hundred|one thousand|a thousand"
    ),
    "country": (
        "japan|france|germany|italy|spain|portugal|england|scotland|ireland|wales|norway|sweden"
        "|finland|denmark|iceland|poland|austria|switzerland|belgium|the netherlands|greece"
        "|turkey|russia|ukraine|hungary|romania|bulgaria|croatia|serbia|the czech republic"
        "|slovakia|egypt|morocco|kenya|nigeria|ethiopia|ghana|south africa|india|pakistan"
        "|bangladesh|china|south korea|north korea|thailand|vietnam|indonesia|malaysia"
        "|singapore|the philippines|australia|new zealand|canada|mexico|cuba|brazil|argentina"
        "|chile|peru|colombia|venezuela|bolivia|ecuador|uruguay|the united states|america"
        "|the united kingdom|great britain|israel|lebanon|jordan|syria|iraq|iran|saudi arabia"
        "|afghanistan|nepal|mongolia"
    ),
    "city": (
        "tokyo|paris|berlin|rome|madrid|lisbon|london|dublin|oslo|stockholm|helsinki|copenhagen"
        "|warsaw|vienna|athens|moscow|cairo|nairobi|beijing|seoul|bangkok|new york|boston"
        "|chicago|los angeles|san francisco|seattle|washington|toronto|sydney|mexico city"
        "|munich|hamburg|barcelona|milan|amsterdam|brussels|prague|budapest|delhi|manila|osaka"
        "|kyoto|singapore|texas|california|florida"
    ),
    "name": (
        "peter|mary|john|anna|james|robert|michael|david|william|thomas|daniel|paul|mark|george"
        "|kevin|brian|edward|jack|harry|sam|max|alex|ben|tom|bob|bill|jim|joe|frank|henry|adam"
        "|simon|martin|oliver|lucas|leo|susan|linda|karen|lisa|nancy|sarah|laura|emily|emma"
        "|julia|alice|kate|jane|helen|sophie|maria|eva|rachel|ruth|grace|lucy|amy|chris|kim"
        "|ken|naomi"
    ),
    "thing": (
        "music|coffee|tea|chocolate|pizza|football|soccer|tennis|basketball|chess|books|movies"
        "|dogs|cats|horses|birds|fish|cheese|bread|apples|bananas|oranges|ice cream|cake|rice"
        "|noodles|soup|cooking|reading|swimming|running|walking|hiking|dancing|singing|painting"
        "|gardening|traveling|photography|programming|computers|science|history|mathematics"
        "|poetry|trains|cars|bicycles|flowers|trees|mountains|the sea|the ocean|the beach"
        "|the forest|summer|winter|spring|autumn|rain|snow|sunshine|jazz|rock music"
        "|classical music|the piano|the guitar|the violin|my job|my work|my family|my friends"
    ),
    "subject": (
        "the sea|the moon|the sun|a dragon|a princess|a dog|a cat|a robot|a ship|a lighthouse"
        "|a mountain|the forest|a river|a king|a queen|love|friendship|space|animals|the weather"
        "|music|history|science|food|books|movies|computers|sports|travel|a mouse|a bear|a bird"
        "|winter|a train|the stars|a garden|an old man|a child|yourself|your day"
    ),
    "color": "red|green|blue|yellow|orange|purple|black|white|brown|pink|gray",
    "kind": "color|food|animal|number|book|movie|song|city|country|season|sport|drink|fruit|day",
    "mood": (
        "fine|good|great|happy|sad|tired|hungry|thirsty|bored|angry|sick|cold|hot|excited|busy"
        "|lost|ready|well|okay|very happy|very tired|a bit tired|so happy|not well|at home"
    ),
    "day": (
        "monday|tuesday|wednesday|thursday|friday|saturday|sunday|today|tomorrow|yesterday"
        "|next week|this weekend|tonight|this morning|this afternoon|this evening|christmas"
    ),
    "word": (
        "hello|world|apple|banana|orange|house|garden|computer|language|beautiful|chocolate"
        "|elephant|window|water|music|friend|morning|necessary|voice|keyboard|terminal|rhythm"
        "|tomorrow|mississippi|dog|cat|tree|river|mountain|weather|japan|people|school"
    ),
    "language": "french|german|spanish|italian|japanese|english|portuguese|dutch",
    "unit": (
        "seconds|minutes|hours|days|weeks|months|years|meters|miles|kilometers|grams|feet|inches"
    ),
    "one_unit": (
        "a minute|an hour|a day|a week|a month|a year|a kilometer|a mile|a century|a decade|a foot"
    ),
}

# Asked often: each line counts several times.
QUESTIONS = """
(what is|what's|tell me|do you know) the capital [city] of <country>
and [what about] <country>
what about <country>
[and] the capital of <country>
(which|what) country is <city> the capital of
where is (<city>|<country>)
(what|which) (language|languages) do (people|they) speak in <country>
(what is|what's) <number> (plus|minus|times|divided by|multiplied by) <number>
(how much|what) is <number> (plus|minus|times) <number>
<number> (plus|minus|times|divided by) <number>
(what is|what's) (half of|twice|double|the square root of|the square of) <number>
add <number> and <number>
(what time is it|what is the time|what's the time|do you know what time it is) [now|please]
can you tell me (the time|the date|what time it is|what day it is) [please]
what (day|date|year|month) is it [today]
what (is|was) the (date|day) (today|tomorrow|yesterday)
(what is|what's) today's date
what day of the week is it [today]
what day (was yesterday|is tomorrow|is today)
(my name is|i am|i'm|call me|you can call me|my name's|this is|the name is) <name>
(hello|hi|hey) [my name is|i am|i'm] <name>
hello my name is <name> what is yours
(what is|what's|do you know|do you remember|can you tell me) my name
who am i
(what is|what's) your name
(do you have a name|who are you|what are you|tell me about yourself)
i (like|love|really like|enjoy|hate|do not like|don't like|also like) <thing>
i (like|love) <thing> and <thing>
my favorite <kind> is (<color>|<thing>|<city>|<number>|<day>)
(what is|what's) (my|your) favorite <kind>
what do i (like|love|hate|enjoy)
do you (like|know|love|remember) (<thing>|<city>|<country>|<name>)
i (live in|am from|come from|was born in|work in|want to go to|went to) (<city>|<country>)
i'm from (<city>|<country>)
where (do i live|am i from|do i come from|do you live|are you|are you from|do i work)
i have (a dog|a cat|two dogs|two cats|a brother|a sister|two brothers|two sisters|a question|no idea)
i am <number> years old
how old (am i|are you|is he|is she)
what did (i|you) [just] (say|ask|tell you|tell me|answer) [before|earlier|first]
what was (my|your) (first|last|previous|second) (question|answer|sentence)
what (were we|are we|did we) (talking|talk) about
what have we talked about
(can you|please|could you) (repeat|say) that [again] [please]
(say that again|repeat that|repeat that please|pardon|sorry what was that|come again)
how many questions (have i asked|did i ask) [you] [so far]
what do you (know|remember) about me
do you remember (me|what i said|my name|what i like)
count [from one] to <number> [please]
(can you|please|could you) count [from <digit>] to <number>
count (backwards|down) from <number> [to <digit>]
(spell|how do you spell|can you spell) [the word] (<word>|<name>|<country>)
tell me (a|another|one more|a long|a short|a funny|a good) (story|joke|fact|riddle|poem)
tell me a [long|short] story about <subject>
(can you|could you|please) tell me (a|another) (story|joke|riddle|poem|fact) [please]
(another one|one more|tell me more|tell me another one|tell me more about it|go on please)
tell me something (funny|interesting|new|about yourself|else|about <country>|about <subject>)
do you know (any jokes|a joke|a good joke|a story|any stories|a riddle|a poem|any songs)
make me laugh
sing (a song|something|me a song) [please]
what can (you do|i ask|i ask you|i say|you tell me) [for me]
(what is this|what is this program|how does this work|what should i say|help|help me|i need help)
what is voice t u i
(who made you|who built you|who created you|how do you work|are you real|are you human|are you a robot|are you a person|are you alive|are you there|can you hear me|do you understand me|do you understand)
(repeat after me|say after me|please say|say) (hello|hello world|good morning|i love you|the quick brown fox jumps over the lazy dog|one two three)
(continue|please continue|go on|keep going|carry on|go ahead|and then|what happened then|what happened next|what happens next|continue the story|continue please)
(stop|stop it|stop please|please stop|wait|wait a minute|be quiet|quiet please|hold on|that's enough|never mind|shut up|just a moment)
(thank you|thanks|thank you very much|thanks a lot|many thanks|thank you so much)
(goodbye|bye|bye bye|good night|see you|see you later|see you tomorrow|have a nice day|talk to you later|that's all)
(hello|hi|hey|good morning|good afternoon|good evening|hello there|hi there|hey there|greetings)
(hello|hi|good morning) how are you [doing] [today]
how are you [doing] [today]
(how is it going|how's it going|what's up|how do you do|nice to meet you|pleased to meet you)
i am <mood> [thank you|thanks] [and you|how are you]
i'm <mood> [today]
i feel <mood>
(yes|no|okay|maybe|sure|of course|yes please|no thanks|no thank you|all right|i think so|i don't know|i do not know|not really|why not|that's right|that is wrong|that's wrong|correct|right|wrong|really|good|great|very good|wonderful|interesting|cool|wow)
(what is|what's|how is|how's) the weather [like] [today|tomorrow|in <city>]
(will it|is it going to|does it) rain [today|tomorrow]
what do you think [about <subject>|about that|of that]
how many <unit> are (there in|in) <one_unit>
(how do you say|what is) (hello|good morning|thank you|goodbye|yes|please) in <language>
(flip|toss) a coin
roll (a die|the dice)
pick a number [between <number> and <number>]
what is the opposite of (big|hot|good|fast|light|happy|old|up|left|day|rich|hard|long|high|full|easy|early)
(how many planets are there|what is the largest planet|what is the biggest country in the world|how far away is the moon|how high is mount everest|what is the longest river|what is the tallest mountain|what is the largest ocean|how fast is light|what is the speed of light|when did the war end|who was the first man on the moon|who wrote hamlet|who painted the mona lisa|who was albert einstein|what is the meaning of life|why is the sky blue|how many continents are there|what color is the sky|what sound does a cow make|what does a dog say)
(can you speak|do you speak|speak) (<language>|japanese) [please]
(speak|talk) (slower|faster|louder|more slowly) [please]
change the subject
let's talk about <subject>
(i want to|let us|let's) (talk|play a game|play|talk about <subject>)
(send|write|read|check) (an email|a message|a letter|my email|my messages) [to <name>]
(turn on|turn off|switch on|switch off) the (light|lights|music|radio|television|heating|computer)
(set|start) (a|an) (timer|alarm) for <number> (minutes|seconds|hours)
play some music
(what is|look up|get|find|check) (my order|the order status|the stock price|the price|the status|the score|the news)
what is the (temperature|news|answer|problem|difference|question|price)
(why|how|when|where|who|what|which one|how much|how many|how long|how come|why not|what else|who else|where exactly|what for|since when)
(i have a question|can i ask you something|may i ask you a question|can you help me|could you help me please|i need your help)
"""

# Everyday talk, for the grammar of it rather than for these very sentences.
EVERYDAY = """
(i|we|you|they) (would like|want|need|have) to (go|eat|drink|sleep|work|buy something|leave|stay|come|see you|talk to you|go home|go to the beach|go to bed|see a doctor|learn english)
(i|we) (am|are) going to (the store|the park|school|work|bed|the beach|the city|the airport|the station|a party|the movies|the doctor|lunch|dinner|see my friends|eat|sleep|visit my mother)
i (went|walked|drove) to the (store|park|beach|office|station|market|library|museum|hospital|restaurant) (yesterday|today|this morning|last week|with my friends|with my family|with my sister)
the (train|bus|plane|meeting|movie|shop|store|game|show|concert) (leaves|starts|begins|ends|opens|closes|arrives) at <digit> [o'clock|thirty|fifteen]
(please|can you|could you|would you) (open|close|shut) the (window|door|book|box|file|curtains) [please]
(do|did) you (have|see|get|want|need|like|know|find|hear) (any|the|a|my|your) (brothers or sisters|brother|sister|dog|cat|car|book|time|money|idea|letter|message|news|key|keys|phone|movie|problem)
i (think|hope|guess|believe|know|suppose) (it is|it's|it was|he is|she is|that is|you are|we are|they are) (going to rain|going to snow|right|wrong|good|bad|late|early|too late|true|important|nice|expensive|very cold|very warm|here|there|a good idea|a bad idea)
(it is|it's|it was|that is|that was|this is) (very|really|too|so|quite|not) (good|bad|nice|hot|cold|warm|late|early|hard|easy|big|small|old|new|expensive|cheap|important|interesting|beautiful|funny|difficult|far|long|strange|loud|quiet)
(where|when) (is|are|was|were) the (nearest|next|best|first|last) (station|train|bus|hotel|restaurant|store|hospital|bank|airport|bathroom|exit|meeting)
(he|she) (is|was) (a|my) (doctor|teacher|student|friend|brother|sister|father|mother|neighbor|very nice person|good man|young woman|old man)
my (mother|father|brother|sister|wife|husband|son|daughter|friend|boss|dog|cat|family|neighbor|teacher) (is|was|lives|works|likes|has|had|went|came|said) (very kind|at home|in the garden|in the city|in london|at school|a doctor|a teacher|a new car|a new job|tired|sick|here|away|music|football|home late)
(there is|there are|there was|there were) (a|no|many|some|a lot of|two|three) (people|problem|problems|children|cars|book|books|dogs|cat|houses|trees|flowers|birds|things|questions|time|water) (here|there|in the house|in the garden|in the room|in the park|on the table|outside|on the street|in the city)
(we|they|i) (had|have|ate|made|bought|cooked) (breakfast|lunch|dinner|a good time|bread and cheese|some fish|fish and chips|a cup of coffee|a glass of water|a new house|a lot of fun) (at home|together|yesterday|today|in the morning|in the evening|in the kitchen|in a restaurant)
(the|a) (weather|sun|sky|water|food|house|room|city|book|movie|music|day|night|car|door|window|phone|computer) (is|was) (nice|beautiful|warm|cold|blue|dark|bright|open|closed|big|small|old|new|good|bad|great|broken|empty|full|clean|dirty|quiet|loud|shining|very good|too expensive) [today]
(how long|how far|how much time|how much money) (does it take|is it|do you need|do we have|do i need) [to get there|to the station|from here|for this|to the airport]
(let's|let us|we could|we should|we can|you should|you can|i can|i could|i should) (go|meet|eat|talk|wait|try|start|begin|stay|call|write|read|see|do that|do it|try again|take a break|take the train|take the bus|go for a walk|go out|have dinner|have lunch|meet tomorrow) [now|later|tomorrow|again|together|at home|at <digit> o'clock]
(i|you|we|they) (do not|don't|did not|didn't|can't|cannot|won't|will not) (know|understand|remember|believe|like|want|need|see|hear|have|find|think) (that|it|this|you|me|him|her|them|what you mean|what to do|where it is|why|anything|the answer|the way|my keys|my phone|any time)
(what|who|where|when|why|how) (do|did|does|can|will|would|should|could) (you|i|we|they|he|she|it) (do|go|say|want|mean|think|know|like|eat|drink|work|live|see|come|get|make|find|need|feel|start|stop|happen|help|call|buy|use|read|write) [that|it|this|there|now|then|today|tomorrow|yesterday|for a living|in the morning|on the weekend|for breakfast|for lunch|for dinner]
(are|is|was|were) (you|he|she|it|they|we|this|that|there) (ready|sure|okay|here|there|hungry|tired|happy|married|busy|free|at home|at work|coming|going|listening|serious|possible|true|new|free tomorrow|from here|a problem|your car|your house|my fault)
(i'll|i will|we will|we'll|you will|he will|she will|it will|they will) (be|go|come|call|see|do|get|take|make|have|help|try|buy|meet|tell|give|send|show|bring|need) (you|it|there|here|back|home|late|ready|soon|tomorrow|later|that|this|one|a look|some help|more time|back soon|fine)
"""

_TOKEN = re.compile(r"[()|\[\]]|<\w+>|[^()|\[\]<>\s]+")

Choices = list[list[str]]
"""Word sequences."""


class _Pattern:
    """A recursive-descent reader of one line; expands to alternatives with weights."""

    def __init__(self, line: str) -> None:
        self._tokens = _TOKEN.findall(line)
        self._at = 0

    def parse(self) -> list[object]:
        return self._alternatives(end=None)

    def _alternatives(self, end: str | None) -> list[object]:
        alternatives: list[object] = []
        sequence: list[object] = []
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._at += 1
            if token == end:
                break
            if token == "|":
                alternatives.append(sequence)
                sequence = []
            elif token == "(":
                sequence.append(("any", self._alternatives(")")))
            elif token == "[":
                sequence.append(("maybe", self._alternatives("]")))
            elif token.startswith("<"):
                words = [entry.split() for entry in SLOTS[token[1:-1]].split("|")]
                sequence.append(("any", [list(entry) for entry in words]))
            else:
                sequence.append(token)
        alternatives.append(sequence)
        return alternatives


def parse(line: str) -> list[object]:
    """A pattern as nested alternatives of sequences: str, ("any", ...), ("maybe", ...)."""
    return _Pattern(line).parse()


def patterns() -> Iterator[tuple[str, float]]:
    """Each pattern and its weight."""
    for line in QUESTIONS.strip().splitlines():
        yield line, 3.0
    for line in EVERYDAY.strip().splitlines():
        yield line, 4.0
