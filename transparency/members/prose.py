"""Markdown as HTML for our pages: a library reads it, and each thing that it found becomes one of these few tags.

Whatever is not in the table below comes out as its text. HTML in the source is text; so are pictures, and links to
anything but https and mail. Nothing of the source reaches a page without being escaped.
"""

from collections.abc import Callable

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

READER = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable("table")
TAGS = {
    "paragraph": "p",
    "heading": "h4",
    "bullet_list": "ul",
    "list_item": "li",
    "blockquote": "blockquote",
    "strong": "strong",
    "em": "em",
    "table": "table",
    "thead": "thead",
    "tbody": "tbody",
    "tr": "tr",
    "th": "th",
    "td": "td",
}
SCHEMES = ("https://", "mailto:")


def prose(source: str) -> SafeString:
    """A text as HTML."""
    return _inside(SyntaxTreeNode(READER.parse(source)))


def _inside(node: SyntaxTreeNode) -> SafeString:
    return format_html_join("", "{}", ((_rendered(child),) for child in node.children))


def _rendered(node: SyntaxTreeNode) -> SafeString:
    if node.type == "paragraph" and node.hidden:
        return _inside(node)
    if node.type in TAGS:
        return format_html("<{0}>{1}</{0}>", TAGS[node.type], _inside(node))
    return OTHERS.get(node.type, _inside)(node)


def _link(node: SyntaxTreeNode) -> SafeString:
    address = str(node.attrs.get("href", ""))
    if not address.casefold().startswith(SCHEMES):
        return _inside(node)
    return format_html('<a href="{}" rel="external nofollow noopener">{}</a>', address, _inside(node))


def _numbered(node: SyntaxTreeNode) -> SafeString:
    return format_html('<ol start="{}">{}</ol>', int(node.attrs.get("start", 1)), _inside(node))


def _block(node: SyntaxTreeNode) -> SafeString:
    return format_html("<pre>{}</pre>", node.content)


OTHERS: dict[str, Callable[[SyntaxTreeNode], SafeString]] = {
    "text": lambda node: escape(node.content),
    "softbreak": lambda node: escape("\n"),
    "hardbreak": lambda node: format_html("<br>{}", ""),
    "hr": lambda node: format_html("<hr>{}", ""),
    "code_inline": lambda node: format_html("<code>{}</code>", node.content),
    "code_block": _block,
    "fence": _block,
    "image": lambda node: escape(node.content),
    "ordered_list": _numbered,
    "link": _link,
}
