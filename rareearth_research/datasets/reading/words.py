"""What do others call a date, a security, a price? The names of columns, by what they mean.

Where a table has several columns of one meaning, the first of these names counts; the order of
prices and returns is from "with dividends" to "without". What vendors call their columns is taken
from their public manuals and from files that others published.
"""

from __future__ import annotations

import re

__all__ = [
    "ADJUSTED",
    "CLOSES",
    "KNOWN",
    "MEANINGS",
    "UNITS",
    "plain",
    "rank",
    "split_label",
    "words_of",
]

_WORDS = """
date: date dates datetime day days tradingday tradedate tradingdate datadate caldt dlycaldt trddt
    timestamp datum data fecha pricedate quotedate asofdate period month year 日期 交易日期 交易日
    时间 数据日期 日付 일자 날짜
security: security securities ticker tickers symbol symbols ric instrument permno lpermno stkcd
    windcode wind代码 证券代码 股票代码 代码 tscode thscode tic isin wkn sedol cusip figi gvkey
    permco secid stockcode code stock share asset firm company companyname comnam conm issuer
    firmname stockname name 证券简称 股票简称 股票名称 证券名称 名称 简称
price: adjclose adjustedclose closeadj closeadjusted adjustedprice adjprice adjprc adjusted adjcls
    调整后收盘价 調整後終値 调整收盘价 后复权收盘价 复权收盘价 前复权收盘价 收盘价后复权 收盘价前复权 adjprcwd adjprcnd totreturnind
    totreturnindex totalreturnindex totreturnindexgrossdvds ri close closelast closeprice
    closingprice last lastprice pxlast price prc dlyprc prccd clsprc 收盘价 日收盘价 收盘 收盘价元
    schlusskurs schluss kurs priceclose tradedprice 終値 종가 cours cloture cierre settle priceindex
return: ret dlyret dretwd retx dlyretx dretnd return returns dailyreturn totalreturn rtn logreturn
    logreturns logret pctchg dailyreturn% return% returns% 涨跌幅 涨跌幅% 日收益率 收益率
    日个股回报率 daytodaytotreturngrossdvds
currency: currency ccy curr curcd curcdd currencycode 币种 货币 交易货币 währung
other: open high low volume vol vol. volumen stücke stuecke erster hoch tief bid ask bidlo askhi
    openprc pxopen pxhigh pxlow pxvolume pxbid pxask shrout cfacpr cfacshr dividend dividends
    stocksplits splitfactor capitalgains turnover amount mktcap marketvalue unadjustedprice opnprc
    hiprc loprc dnshrtrd dnvaltrd dsmvosd dsmvtll openint per time change% chg% 开盘价 最高价
    最低价 开盘 最高 最低 成交量 成交额 成交金额 换手率 前收盘 前收盘价 涨跌 涨跌额 振幅 总市值
    流通市值 始値 高値 安値 出来高 시가 고가 저가 거래량 preclose change pctchange 成交量股 成交额元
"""


def words_of(text: str) -> dict[str, tuple[str, ...]]:
    """Return lists of words by their meaning, as they are written above."""
    found: dict[str, tuple[str, ...]] = {}
    meaning = ""
    for line in text.strip().splitlines():
        named, _, words = line.rpartition(": ")
        meaning = named or meaning
        found[meaning] = (*found.get(meaning, ()), *words.split())
    return found


MEANINGS = words_of(_WORDS)
ADJUSTED = frozenset(MEANINGS["price"][: MEANINGS["price"].index("close")])
CLOSES = frozenset(MEANINGS["price"]) - ADJUSTED
KNOWN = {name: meaning for meaning, names in MEANINGS.items() for name in names}
# What a return of that name is: percent or fraction, log or simple; "" where the name does not say.
UNITS = {
    **dict.fromkeys(("ret", "dlyret", "dretwd", "retx", "dlyretx", "dretnd"),
                    ("fraction", "simple")),
    **dict.fromkeys(("change%", "chg%", "pctchg", "涨跌幅", "涨跌幅%",
                     "daytodaytotreturngrossdvds"), ("percent", "simple")),
    **dict.fromkeys(("dailyreturn%", "return%", "returns%"), ("percent", "")),
    **dict.fromkeys(("logreturn", "logreturns", "logret"), ("", "log")),
}  # fmt: skip
SEPARATORS = (" - ", ":", "(", "_", ".", " ")
CODES = {"p": "price", "ri": "ri", "pi": "priceindex", "up": "unadjustedprice", "vo": "volume",
         "mv": "marketvalue", "po": "open", "ph": "high", "pl": "low"}  # fmt: skip


def plain(name: object) -> str:
    """Return a name without case, blanks and signs; the per cent sign stays."""
    return re.sub(r"[^\w%]|_", "", str(name).casefold())


def rank(name: object, meaning: str) -> int:
    """Return the place of a column among those of a meaning; the first counts."""
    names = MEANINGS[meaning]
    own = plain(name)
    return names.index(own) if own in names else len(names)


def split_label(label: str) -> tuple[str, str]:
    """Return security and field of a heading that holds both, as ``MP.Close``; else ("", "").

    ``VALE(P)`` and ``VALE(RI)`` are Datastream's way to write prices and total return indices.
    """
    code = re.fullmatch(r"(.+)\(([A-Z]{1,2})\)", label.strip())
    if code and code[2].lower() in CODES:
        return code[1].strip(), CODES[code[2].lower()]
    for separator in SEPARATORS:
        for at in (label.rfind(separator), label.find(separator)):
            left, right = label[:at].strip(), label[at + len(separator) :].strip(" )")
            for name, other in ((left, right), (right, left)):
                if at > 0 and name and KNOWN.get(plain(other)) in ("price", "return", "other"):
                    return name, other
    return "", ""
