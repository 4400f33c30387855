"""Countries and their capitals."""

from __future__ import annotations

import re

_TABLE = """
Afghanistan:Kabul|Albania:Tirana|Algeria:Algiers|Argentina:Buenos Aires|Armenia:Yerevan
Australia:Canberra|Austria:Vienna|Azerbaijan:Baku|Bangladesh:Dhaka|Belarus:Minsk
Belgium:Brussels|Bolivia:Sucre|Bosnia:Sarajevo|Brazil:Brasilia|Bulgaria:Sofia
Cambodia:Phnom Penh|Cameroon:Yaounde|Canada:Ottawa|Chile:Santiago|China:Beijing
Colombia:Bogota|Costa Rica:San Jose|Croatia:Zagreb|Cuba:Havana|Cyprus:Nicosia
the Czech Republic:Prague|Denmark:Copenhagen|Ecuador:Quito|Egypt:Cairo|England:London
Estonia:Tallinn|Ethiopia:Addis Ababa|Finland:Helsinki|France:Paris|Georgia:Tbilisi
Germany:Berlin|Ghana:Accra|Greece:Athens|Guatemala:Guatemala City|Hungary:Budapest
Iceland:Reykjavik|India:New Delhi|Indonesia:Jakarta|Iran:Tehran|Iraq:Baghdad
Ireland:Dublin|Israel:Jerusalem|Italy:Rome|Jamaica:Kingston|Japan:Tokyo|Jordan:Amman
Kazakhstan:Astana|Kenya:Nairobi|Kuwait:Kuwait City|Laos:Vientiane|Latvia:Riga
Lebanon:Beirut|Libya:Tripoli|Lithuania:Vilnius|Luxembourg:Luxembourg|Malaysia:Kuala Lumpur
Malta:Valletta|Mexico:Mexico City|Moldova:Chisinau|Mongolia:Ulaanbaatar|Morocco:Rabat
Myanmar:Naypyidaw|Nepal:Kathmandu|the Netherlands:Amsterdam|New Zealand:Wellington
Nicaragua:Managua|Nigeria:Abuja|North Korea:Pyongyang|Northern Ireland:Belfast|Norway:Oslo
Oman:Muscat|Pakistan:Islamabad|Panama:Panama City|Paraguay:Asuncion|Peru:Lima
the Philippines:Manila|Poland:Warsaw|Portugal:Lisbon|Qatar:Doha|Romania:Bucharest
Russia:Moscow|Saudi Arabia:Riyadh|Scotland:Edinburgh|Senegal:Dakar|Serbia:Belgrade
Singapore:Singapore|Slovakia:Bratislava|Slovenia:Ljubljana|South Africa:Pretoria
South Korea:Seoul|Spain:Madrid|Sri Lanka:Colombo|Sudan:Khartoum|Sweden:Stockholm
Switzerland:Bern|Syria:Damascus|Taiwan:Taipei|Tanzania:Dodoma|Thailand:Bangkok
Tunisia:Tunis|Turkey:Ankara|Uganda:Kampala|Ukraine:Kyiv|the United Arab Emirates:Abu Dhabi
the United Kingdom:London|the United States:Washington|Uruguay:Montevideo
Uzbekistan:Tashkent|Venezuela:Caracas|Vietnam:Hanoi|Wales:Cardiff|Yemen:Sanaa
Zambia:Lusaka|Zimbabwe:Harare
"""
CAPITALS: dict[str, str] = dict(
    entry.split(":", 1) for entry in _TABLE.strip().replace("\n", "|").split("|")
)
_OTHER_NAMES = {
    "america": "the United States",
    "the usa": "the United States",
    "united states of america": "the United States",
    "great britain": "the United Kingdom",
    "britain": "the United Kingdom",
    "holland": "the Netherlands",
    "czechia": "the Czech Republic",
    "korea": "South Korea",
}


def _key(name: str) -> str:
    return name.lower().removeprefix("the ")


_COUNTRIES = {_key(country): country for country in CAPITALS} | {
    _key(other): country for other, country in _OTHER_NAMES.items()
}
_CITIES = {city.lower(): country for country, city in CAPITALS.items()} | {
    "london": "the United Kingdom"
}


def _longest(names: dict[str, str], said: str) -> str | None:
    found = [name for name in names if re.search(rf"\b{re.escape(name)}\b", said)]
    return names[max(found, key=len)] if found else None


def country_in(said: str) -> str | None:
    """The country that is named, with its article: "the Netherlands"."""
    return _longest(_COUNTRIES, said)


def country_of_capital_in(said: str) -> tuple[str, str] | None:
    """(city, country) for a capital that is named."""
    country = _longest(_CITIES, said)
    return (CAPITALS[country], country) if country is not None else None
