"""Which exchanges are there, whose calendar does each keep, and how do data vendors write it?

One row an exchange: its MIC, the calendar of `exchange_calendars` that it keeps (Shenzhen keeps
Shanghai's), its zone, the suffixes by which Yahoo, Reuters, Stooq, Wind and others name it, other
names of it, its city and its own name. Where vendors disagree over a suffix, Yahoo's use counts;
a suffix that is a share class at least as often (``.A``, ``.B``, ``.K``) is nobody's.
"""

from __future__ import annotations

__all__ = ["CALENDARS", "LISTED", "VENUES"]

# exchanges of this project's own securities: what tables and pictures show unless told otherwise
LISTED = ("XNYS", "XASX", "XSHG", "XSHE", "XTKS", "XTSE", "XHKG", "XLON", "XETR")

_TABLE = """
XNYS XNYS America/New_York .N .O .OQ .PK .US NYSE NASDAQ XNAS; New York; New York Stock Exchange
XASX XASX Australia/Sydney .AX .AU ASX; Sydney; ASX
XSHG XSHG Asia/Shanghai .SS .SH SSE; Shanghai; Shanghai Stock Exchange
XSHE XSHG Asia/Shanghai .SZ SZSE; Shenzhen; Shenzhen Stock Exchange
XTKS XTKS Asia/Tokyo .T .JP JPX; Tokyo; Tokyo Stock Exchange
XTSE XTSE America/Toronto .TO TSX; Toronto; Toronto Stock Exchange
XHKG XHKG Asia/Hong_Kong .HK HKEX; Hong Kong; Stock Exchange of Hong Kong
XLON XLON Europe/London .L .IL .UK LSE; London; London Stock Exchange
XETR XETR Europe/Berlin .DE XETRA; Frankfurt; Xetra
AIXK AIXK Asia/Almaty; Astana; Astana International Exchange
ASEX ASEX Europe/Athens .AT XATH; Athens; Athens Stock Exchange
BVMF BVMF America/Sao_Paulo .SA BMF; São Paulo; B3
CMES CMES America/Chicago CME CBOT COMEX NYMEX; Chicago; CME Globex
IEPA IEPA America/New_York ICE ICEUS NYFE; Atlanta; ICE Futures US
NEOE XTSE America/Toronto .NE; Toronto; Cboe Canada
ROCO XTAI Asia/Taipei .TWO; Taipei; Taipei Exchange
XAMS XAMS Europe/Amsterdam .AS; Amsterdam; Euronext Amsterdam
XBDA XBDA Atlantic/Bermuda .BH; Hamilton; Bermuda Stock Exchange
XBEL XBEL Europe/Belgrade; Belgrade; Belgrade Stock Exchange
XBKK XBKK Asia/Bangkok .BK; Bangkok; Stock Exchange of Thailand
XBOG XBOG America/New_York; Bogotá; Colombia Securities Exchange
XBOM XBOM Asia/Kolkata .BO BSE; Mumbai; BSE
XBRA XBRA Europe/Bratislava; Bratislava; Bratislava Stock Exchange
XBRU XBRU Europe/Brussels .BR; Brussels; Euronext Brussels
XBSE XBSE Europe/Bucharest .RO .BX BVB; Bucharest; Bucharest Stock Exchange
XBUD XBUD Europe/Budapest .BD .BU .HU; Budapest; Budapest Stock Exchange
XBUE XBUE America/Argentina/Buenos_Aires .BA; Buenos Aires; Buenos Aires Stock Exchange
XCBF XCBF America/Chicago CFE; Chicago; Cboe Futures Exchange
XCNQ XTSE America/Toronto .CN; Toronto; Canadian Securities Exchange
XCSE XCSE Europe/Copenhagen .CO; Copenhagen; Nasdaq Copenhagen
XCYS XCYS Asia/Nicosia; Nicosia; Cyprus Stock Exchange
XDUB XDUB Europe/Dublin .IR; Dublin; Euronext Dublin
XDUS XDUS Europe/Brussels .DU; Düsseldorf; Düsseldorf Stock Exchange
XEEE XEEE Europe/Berlin; Leipzig; European Energy Exchange
XEUR XEUR Europe/Berlin EUREX; Frankfurt; Eurex
XFRA XFRA Europe/Berlin .F FWB; Frankfurt; Frankfurt Stock Exchange
XHAM XHAM Europe/Brussels .HM; Hamburg; Hamburg Stock Exchange
XHEL XHEL Europe/Helsinki .HE; Helsinki; Nasdaq Helsinki
XICE XICE Atlantic/Reykjavik .IC; Reykjavík; Nasdaq Iceland
XIDX XIDX Asia/Jakarta .JK JKT; Jakarta; Indonesia Stock Exchange
XIST XIST Europe/Istanbul .IS; Istanbul; Borsa Istanbul
XJSE XJSE Africa/Johannesburg .JO .J JSE; Johannesburg; Johannesburg Stock Exchange
XKAR XKAR Asia/Karachi .KA; Karachi; Pakistan Stock Exchange
XKLS XKLS Asia/Kuala_Lumpur .KL; Kuala Lumpur; Bursa Malaysia
XKOS XKRX Asia/Seoul .KQ KOSDAQ; Seoul; KOSDAQ
XKRX XKRX Asia/Seoul .KS KRX; Seoul; Korea Exchange
XLIM XLIM America/Lima .LM; Lima; Lima Stock Exchange
XLIS XLIS Europe/Lisbon .LS; Lisbon; Euronext Lisbon
XLIT XLIT Europe/Vilnius .VS; Vilnius; Nasdaq Vilnius
XLJU XLJU Europe/Ljubljana; Ljubljana; Ljubljana Stock Exchange
XLUX XLUX Europe/Luxembourg .LU LUXSE; Luxembourg; Luxembourg Stock Exchange
XMAD XMAD Europe/Madrid .MC; Madrid; Madrid Stock Exchange
XMEX XMEX America/Mexico_City .MX; Mexico City; Mexican Stock Exchange
XMIL XMIL Europe/Rome .MI; Milan; Borsa Italiana
XMOS XMOS Europe/Moscow .ME .MM MISX MOEX; Moscow; Moscow Exchange
XNSE XBOM Asia/Kolkata .NS NSE; Mumbai; National Stock Exchange of India
XNZE XNZE Pacific/Auckland .NZ NZX; Wellington; New Zealand's Exchange
XOSL XOSL Europe/Oslo .OL OSE; Oslo; Oslo Stock Exchange
XPAR XPAR Europe/Paris .PA; Paris; Euronext Paris
XPHS XPHS Asia/Manila .PS; Manila; Philippine Stock Exchange
XPRA XPRA Europe/Prague .PR; Prague; Prague Stock Exchange
XRIS XRIS Europe/Riga .RG; Riga; Nasdaq Riga
XSAU XSAU Asia/Riyadh .SR TADAWUL; Riyadh; Saudi Exchange
XSES XSES Asia/Singapore .SI SGX; Singapore; Singapore Exchange
XSGO XSGO America/Santiago .SN; Santiago; Santiago Stock Exchange
XSTO XSTO Europe/Stockholm .ST; Stockholm; Nasdaq Stockholm
XSTU XSTU Europe/Berlin .SG; Stuttgart; Stuttgart Stock Exchange
XSWX XSWX Europe/Zurich .SW .S .VX SIX; Zurich; SIX Swiss Exchange
XTAE XTAE Asia/Tel_Aviv .TA TASE; Tel Aviv; Tel Aviv Stock Exchange
XTAI XTAI Asia/Taipei .TW TWSE; Taipei; Taiwan Stock Exchange
XTAL XTAL Europe/Tallinn .TL; Tallinn; Nasdaq Tallinn
XTSX XTSE America/Toronto .V TSXV; Toronto; TSX Venture Exchange
XWAR XWAR Europe/Warsaw .WA .PL; Warsaw; Warsaw Stock Exchange
XWBO XWBO Europe/Vienna .VI; Vienna; Vienna Stock Exchange
XZAG XZAG Europe/Zagreb .ZA; Zagreb; Zagreb Stock Exchange
24/5 24/5 UTC; every weekday; Weekdays around the clock
24/7 24/7 UTC; every day; All days around the clock
us_futures us_futures America/New_York; New York; Futures in the United States
"""


def _read(row: str) -> tuple[str, str, str, tuple[str, ...], tuple[str, ...], str, str]:
    codes, city, name = row.split("; ")
    mic, calendar, zone, *names = codes.split()
    suffixes = tuple(word for word in names if word.startswith("."))
    others = tuple(word for word in names if not word.startswith("."))
    return mic, name, city, suffixes, others, zone, calendar


VENUES = tuple(_read(row) for row in _TABLE.strip().splitlines())
CALENDARS = tuple(dict.fromkeys(calendar for *_, calendar in VENUES))
