"""Whether words read like marketing, told by the words that marketing goes by.

Languages: English, German, French, Spanish, Italian, Portuguese, Dutch, Polish,
Swedish, Turkish, Danish, Norwegian and Finnish. Accents and case do not matter; `*`
stands for any ending.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

PLAIN = """
newsletter*, marketing*, promo, promos, promotion*, advertising, advertisement*,
sponsored, discount*, coupon*, voucher*, giveaway*, sweepstake*, special offer*,
partner offer*, what's new, whats new, product update*, product news,
product announcement*, new features, tips and tricks, tips & tricks, survey, surveys,
research invitation*, research session*, user research, webinar*

werbung, werbe*, rabatt*, gutschein*, sonderangebot*, gewinnspiel*, umfrage*,
produktneuheit*, produktneuigkeit*, produktupdate*, produkt updates, was ist neu,
was gibt es neues, neue funktionen, tipps und tricks, nutzerforschung

infolettre*, lettre d'information, publicité*, réduction*, code promo, codes promo,
offres spéciales, sondage*, enquête de satisfaction, quoi de neuf, nouvelles
fonctionnalités, nouveautés produit, mises à jour produit, mises à jour du produit

boletín*, publicidad, promoci*, descuento*, rebaja*, cupon*, encuesta*, qué hay de
nuevo, novedades del producto, actualizaciones de producto, actualizaciones del
producto, nuevas funciones

bollettino informativo, pubblicità, promozion*, sconto, sconti, sondaggio, sondaggi,
novità del prodotto, aggiornamenti sul prodotto, aggiornamenti del prodotto, nuove
funzionalità, buono sconto

boletim informativo, publicidade, promoç*, desconto*, cupom, cupons, liquidação,
pesquisa de satisfação, o que há de novo, atualizações de produto, atualizações do
produto, novidades do produto, novas funcionalidades

nieuwsbrief*, nieuwsbrieven, reclame*, aanbieding*, korting*, uitverkoop, enquête,
enquêtes, wat is er nieuw, productnieuws, productupdate*, nieuwe functies, tips en
trucs, gebruikersonderzoek

biuletyn*, reklama, reklamy, reklamow*, promocj*, zniżk*, rabat*, wyprzedaż*, ankiet*,
co nowego, aktualizacje produktu, nowości produktowe, nowe funkcje

nyhetsbrev*, reklam, marknadsföring*, kampanj*, erbjudande*, enkät*,
användarundersökning*, vad är nytt, produktnyheter, produktuppdatering*,
nya funktioner, tips och tricks

bülten*, reklamlar*, pazarlama, kampanya*, promosyon*, indirim*, anket*, neler
yeni, ürün güncelleme*, ürün haberleri, yeni özellikler

nyhedsbrev*, markedsføring*, kampagne*, kampanje*, brugerundersøgelse*,
brukerundersøkelse*, spørgeskema*, spørreundersøkelse*, produktnyheder,
produktoppdatering*, uutiskirje*, markkinointi*, alennu*, mitä uutta, uudet ominaisuudet
"""
"""Marketing wherever they stand."""

DOUBTFUL = """
news, offer, offers, sale, sales, deal, deals, tips, event, events, research,
recommendations, inspiration

neuigkeiten, neuheiten, angebot, angebote, aktionen, tipps, veranstaltung*, events,
studien

actualité*, nouveautés, offre, offres, soldes, conseils, astuces, évènement*,
événement*, enquête*

noticias, novedades, oferta, ofertas, consejos, evento, eventos, investigación

notizie, novità, offerta, offerte, saldi, consigli, suggerimenti, evento, eventi

notícias, novidades, dicas, pesquisa, pesquisas, inquérito*

nieuws, acties, evenement*, onderzoek*

aktualności, nowości, oferta, oferty, ofert, porady, wskazówki, wydarzenia, wydarzeń

nyheter, rea, evenemang, undersökning*, tips

haberler, yenilikler, teklif*, firsat*, ipuçlari, etkinlik*, araştirma*

nyheder, tilbud, arrangementer, begivenheder, undersøgelse*, undersøkelse*, tarjou*,
uutiset, vinkit, vinkkejä, tapahtumat, kysely*
"""
"""Marketing unless what goes on is the recipient's own business, see `OWN`."""

OWN = """
account, accounts, security, safety, sign-in*, sign-ins, sign in, login*, password*,
invoice*, payment*, billing, order, orders, delivery, shipment*, calendar, audit,
system, incident*, outage*, fraud, legal, privacy

konto*, sicherheit*, anmeldung*, passwort*, rechnung*, zahlung*, bestellung*,
lieferung*, kalender*, störung*, datenschutz*

compte, comptes, sécurité, connexion*, facture*, paiement*, commande*, calendrier

cuenta, cuentas, seguridad, factura*, pago, pagos, pedido*, calendario

conto, account, sicurezza, accesso, accessi, fattura, fatture, pagament*, ordine, ordini

conta, contas, segurança, fatura*, encomenda*

account*, veiligheid*, beveiliging*, factuur, facturen, betaling*, bestelling*, agenda

konta, kont, bezpieczeństw*, logowani*, faktur*, płatnoś*, zamówieni*, kalendarz*

säkerhet*, inloggning*, betalning*, beställning*

hesap*, hesab*, güvenlik, fatura*, ödeme*, sipariş*, takvim*

sikkerhed*, sikkerhet*, betaling*, ordre*, tili*, turvallisuus*, lasku*, maksu*
"""
"""Words of business: an event in a calendar, an offer for an order."""

SAME = str.maketrans("\u2019\u2018\u02bc\u0131łø", "'''ilo")
WORD = re.compile(r"[\w']+")


class _Said(NamedTuple):
    """A text's words as written, and all of them folded, a space between each two."""

    words: list[str]
    folded: str


def marketing_in(name: str, description: str) -> str | None:
    """The words by which it reads like marketing, as they are written; None if not."""
    title, rest = _said(name), _said(description)
    found = _first(_PLAIN, title) or _first(_PLAIN, rest)
    if found or _first(_OWN, title):
        return found
    doubtful = _first(_DOUBTFUL, title)
    if doubtful or _first(_OWN, rest):
        return doubtful
    return _first(_DOUBTFUL, rest)


def _said(text: str) -> _Said:
    composed = unicodedata.normalize("NFKC", text).translate(SAME)
    pairs = [(word, _folded(word)) for word in WORD.findall(composed)]
    kept = [(word, folded) for word, folded in pairs if folded]
    return _Said([word for word, _ in kept], " ".join(folded for _, folded in kept))


def _folded(word: str) -> str:
    parts = unicodedata.normalize("NFKD", word.casefold().translate(SAME))
    bare = (c for c in parts if not unicodedata.combining(c) and not c.isspace())
    return "".join(bare).strip("'")


def _first(pattern: re.Pattern[str], said: _Said) -> str | None:
    match = pattern.search(said.folded)
    if match is None:
        return None
    start = said.folded.count(" ", 0, match.start())
    length = match[0].count(" ") + 1
    return " ".join(said.words[start : start + length])


def _pattern(lists: str) -> re.Pattern[str]:
    phrases = [p for p in map(str.strip, re.split(r",|\n\n", lists)) if p]
    return re.compile(rf"(?<!\w)(?:{'|'.join(_parts(phrases))})(?!\w)")


def _parts(phrases: Iterable[str]) -> Iterable[str]:
    """The longest first, so that a whole phrase is named rather than its beginning."""
    for phrase in sorted(phrases, key=len, reverse=True):
        ending = r"\w*" if phrase.endswith("*") else ""
        yield re.escape(_said(phrase).folded) + ending


_PLAIN, _DOUBTFUL, _OWN = map(_pattern, (PLAIN, DOUBTFUL, OWN))
