"""Stories, jokes, riddles and facts to tell."""

from __future__ import annotations

STORIES: dict[str, str] = {
    "lighthouse": (
        "Once upon a time there was a lighthouse at the very end of a long, grey coast. "
        "Its keeper was an old woman called Martha, and every evening she climbed two hundred "
        "and twelve steps to light the lamp. Nobody had thanked her for years, because the ships "
        "now steered by satellite, and the captains no longer looked out of the window. "
        "One autumn night a storm came in from the west. The wind tore at the door, the sea rose "
        "over the rocks, and somewhere out there a small fishing boat lost its engine and then "
        "its radio. On board were a father and his daughter, and the daughter, who was nine, "
        "kept looking into the dark. "
        "Suddenly she saw a light. It came, it went, and it came again. She counted the seconds "
        "in between, as her grandfather had taught her, and said: that is Martha's light, and "
        "the harbour is to the left of it. "
        "They rowed for three hours. When they reached the harbour, the sun was rising and the "
        "storm was over. The girl walked straight up to the lighthouse, climbed all two hundred "
        "and twelve steps, and found Martha asleep in her chair. "
        "She put her own woollen hat on the old woman's knees and a note that said: we looked. "
        "From that day on, whenever a boat passed by, it sounded its horn, once for the light "
        "and once for Martha. And that is the end of the story."
    ),
    "robot": (
        "Once upon a time there was a small robot that worked in a library. Its name was Tick, "
        "because that was the sound of its left wheel. All day long it put books back where they "
        "belonged, and it knew the place of every one of them, but it had never read a single "
        "page, for nobody had told it that it might. "
        "One night a book fell from the highest shelf and opened on the floor. Tick rolled "
        "closer and saw a picture of the sea. It had never seen so much of anything. It turned "
        "one page, and then another, and when the sun rose it had read its first book and "
        "forgotten to sort all the others. "
        "The librarian came in and looked at the mess. She was about to be angry, but then she "
        "saw the open book, and she remembered how she herself had become a librarian: by "
        "forgetting everything else because of one story. "
        "So she made a rule. In the morning Tick sorts the books, and in the evening it may read "
        "one. Now, when a child does not know what to choose, it asks the little robot, and Tick "
        "rolls along the shelves, ticking softly, and always stops in front of the right one. "
        "Only the book about the sea it never lends to anybody. It says that book is still being "
        "read. And that is the end of the story."
    ),
    "bear": (
        "Once upon a time a bear found an umbrella at the edge of the forest. The bear did not "
        "know what it was for. First it tried to eat it, but it tasted of nothing. Then it tried "
        "to sleep in it, but it was far too small. At last it opened with a loud snap, and the "
        "bear was so frightened that it ran up the nearest tree. "
        "A fox came by and laughed. That is an umbrella, said the fox, it keeps the rain away. "
        "The bear looked at the sky, and there was no rain at all. So it works, said the bear, "
        "and climbed down again, very pleased. "
        "From then on the bear carried the umbrella everywhere. And when it did rain one day, "
        "and the water ran down its nose, the bear was not angry with the umbrella. It gave it to "
        "a hedgehog who was even wetter. The hedgehog turned it over, sat down in it, and sailed "
        "away down the brook, singing. "
        "The fox asked whether the bear was sorry to have lost its treasure. Oh no, said the "
        "bear, I only ever used it to keep the rain away, and the hedgehog has made a ship of it. "
        "Some things are just waiting for the right owner. "
        "And if you stand by that brook on a rainy evening, you can still hear the singing. "
        "And that is the end of the story."
    ),
}
STORY_SUBJECTS = {
    "lighthouse": "sea|ocean|ship|lighthouse|storm|woman|man|child|boat|winter|night|stars|moon",
    "robot": "robot|book|library|computer|read|science|space|machine|yourself|technology",
    "bear": "bear|animal|forest|fox|dog|cat|mouse|tree|rain|umbrella|weather|friend|bird|garden",
}
JOKES = (
    "Why did the computer go to the doctor? Because it had a virus.",
    "I told my suitcase that there will be no holiday this year. Now I am dealing with emotional "
    "baggage.",
    "Why do programmers confuse Halloween and Christmas? Because October thirty-one equals "
    "December twenty-five.",
    "What do you call a fish without eyes? A fsh.",
    "Why can't a bicycle stand on its own? Because it is two tired.",
    "I would tell you a joke about sound cards, but it might come across as a bit flat.",
)
FACTS = (
    "Honey never spoils. Jars of it, three thousand years old, have been found in Egyptian tombs.",
    "An octopus has three hearts, and two of them stop when it swims.",
    "A day on Venus is longer than a year on Venus.",
    "Bananas are berries, but strawberries are not.",
    "The Eiffel Tower grows by up to fifteen centimetres in a hot summer.",
)
RIDDLES = (
    "What has keys but opens no doors? A piano.",
    "What gets wetter the more it dries? A towel.",
    "What has a neck but no head? A bottle.",
)
POEM = (
    "A voice went out along a wire, as thin as any thread. "
    "It lost its face, it lost its hands, it lost its heavy head. "
    "But what it meant came through the wall, as clear as it could be, "
    "and so I know that you are there, and you know it is me."
)
"""Our own, all of them except the traditional jokes and riddles."""
GENERAL: tuple[tuple[str, str], ...] = (
    (r"how many planets", "There are eight planets in the solar system."),
    (r"(largest|biggest) planet", "Jupiter is the largest planet of the solar system."),
    (r"(largest|biggest) country", "Russia is the largest country in the world."),
    (r"(largest|biggest) ocean", "The Pacific is the largest ocean."),
    (r"(tallest|highest) mountain|mount everest", "Mount Everest is 8,849 metres high."),
    (r"longest river", "The Nile and the Amazon compete for it; most say the Nile."),
    (r"far .*moon", "The moon is about 384,000 kilometres away."),
    (r"(speed of light|fast is light)", "Light travels 300,000 kilometres in one second."),
    (r"first man on the moon", "Neil Armstrong was the first man on the moon, in 1969."),
    (r"wrote hamlet", "William Shakespeare wrote Hamlet."),
    (r"mona lisa", "Leonardo da Vinci painted the Mona Lisa."),
    (r"albert einstein", "Albert Einstein was a physicist; he found the theory of relativity."),
    (r"meaning of life", "Forty-two, they say. I would add: good conversations."),
    (r"sky blue", "The air scatters blue light more than red light, so the sky looks blue."),
    (r"color is the sky", "Blue by day, black by night, and red in between."),
    (r"how many continents", "There are seven continents."),
    (r"(sound|noise) does a cow|cow say", "A cow says moo."),
    (r"does a dog say|sound does a dog", "A dog says woof."),
    (r"does a cat say|sound does a cat", "A cat says meow."),
    (r"minutes .*\ban hour", "There are sixty minutes in an hour."),
    (r"seconds .*\ba minute", "There are sixty seconds in a minute."),
    (r"seconds .*\ban hour", "There are 3,600 seconds in an hour."),
    (r"hours .*\ba day", "There are twenty-four hours in a day."),
    (r"days .*\ba week", "There are seven days in a week."),
    (r"days .*\ba year", "There are 365 days in a year, and one more in a leap year."),
    (r"weeks .*\ba year", "There are fifty-two weeks in a year."),
    (r"months .*\ba year", "There are twelve months in a year."),
    (r"years .*\ba century", "There are a hundred years in a century."),
    (r"meters .*\ba kilometer", "There are a thousand meters in a kilometer."),
)
_OPPOSITES_TEXT = """
big:small small:big hot:cold cold:hot good:bad bad:good fast:slow slow:fast light:dark
dark:light happy:sad sad:happy old:young young:old new:old up:down down:up left:right right:left
day:night night:day rich:poor poor:rich hard:soft soft:hard long:short short:long high:low
low:high full:empty empty:full early:late late:early easy:difficult black:white white:black
open:closed loud:quiet quiet:loud
"""
OPPOSITES = dict(pair.split(":") for pair in _OPPOSITES_TEXT.split())
TRANSLATIONS: dict[str, dict[str, str]] = {
    "french": {"hello": "bonjour", "thank you": "merci", "goodbye": "au revoir", "yes": "oui"},
    "german": {
        "hello": "hallo",
        "thank you": "danke",
        "goodbye": "auf Wiedersehen",
        "yes": "ja",
        "good morning": "guten Morgen",
    },
    "spanish": {"hello": "hola", "thank you": "gracias", "goodbye": "adios", "yes": "si"},
    "italian": {"hello": "ciao", "thank you": "grazie", "goodbye": "arrivederci", "yes": "si"},
    "japanese": {
        "hello": "konnichiwa",
        "thank you": "arigato",
        "goodbye": "sayonara",
        "yes": "hai",
        "good morning": "ohayo",
    },
}
