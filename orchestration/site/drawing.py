"""From a chart to pictures: SVG inside a page, SVG and PNG files beside it.

What vl-convert writes is read as XML and written anew from a list of allowed elements and
attributes, so that nothing in a label can reach the page but as text. Colours become CSS variables,
so that one drawing serves light and dark.
"""

import re
from pathlib import Path
from typing import Any

import vl_convert
from lxml import etree
from markupsafe import Markup

_SVG = "{http://www.w3.org/2000/svg}"
_ELEMENTS = {"svg", "g", "path", "line", "rect", "text", "tspan"}
_ATTRIBUTES = {
    *("class", "d", "transform", "x", "y", "x1", "y1", "x2", "y2", "width", "height", "viewBox"),
    *("fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity"),
    *("stroke-linejoin", "stroke-linecap", "opacity", "text-anchor", "font-size", "font-weight"),
}
#: marks that catch the pointer; what they say stands in `data-tip`
HOVER = "hover"

#: colours of the files -> CSS variables of the page (files/site.css); all pass on white for
#: colour-blind readers (Okabe and Ito), and for graphics at 3:1
COLOURS = {
    "#ffffff": "--paper",
    "#1b2733": "--ink",
    "#56616d": "--quiet",
    "#dfe3e8": "--line",
    "#eef1f4": "--band",
    "#0a66a8": "--c1",
    "#c8501a": "--c2",
    "#087f5f": "--c3",
    "#9a4f8c": "--c4",
    "#8a6d00": "--c5",
    "#3f4d5c": "--c6",
    "#2f9bd0": "--c7",
    "#7a3b10": "--c8",
    "#8a96a3": "--c9",
}


def drawn(spec: dict[str, Any]) -> str:
    """The SVG text of a Vega-Lite specification, as vl-convert writes it: for a file."""
    return vl_convert.vegalite_to_svg(spec)


def write_pictures(svg: str, folder: Path, name: str) -> None:
    """``name.svg`` and ``name.png`` on white, for whoever takes the chart elsewhere."""
    (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
    (folder / f"{name}.png").write_bytes(vl_convert.svg_to_png(svg, scale=1.5))


def inline(svg: str, title: str, description: str) -> Markup:
    """The drawing as an element of a page: one picture, with a name, to a screen reader.

    Without its legend, which the page has in text that wraps.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.fromstring(svg.encode(), parser)
    _cut_legend(root)
    drawing = _allowed(root)
    assert drawing is not None
    drawing.set("role", "img")
    drawing.set("aria-label", f"{title}. {description}")
    return Markup(etree.tostring(drawing, encoding="unicode"))  # noqa: S704  # built from the lists


_DOWN = re.compile(r"translate\([-\d.]+,([-\d.]+)\)")


def _cut_legend(root: etree._Element) -> None:
    """Take off the legend at the bottom, and the room it took."""
    legend = next((g for g in root.iter(f"{_SVG}g") if "role-legend" in _classes(g)), None)
    if legend is None:
        return
    moved = [legend[0], *legend.iterancestors()]
    top = sum(float(y) for g in moved for y in _DOWN.findall(g.get("transform", "")))
    root.set("height", f"{top:g}")
    root.set("viewBox", f"0 0 {root.get('width')} {top:g}")
    parent = legend.getparent()
    assert parent is not None
    parent.remove(legend)


def _classes(element: etree._Element) -> list[str]:
    return element.get("class", "").split()


def _allowed(element: etree._Element) -> etree._Element | None:
    """A copy without what is not on the lists; None if the element itself is not."""
    name = str(element.tag).removeprefix(_SVG)  # of a comment: none that is allowed
    if name not in _ELEMENTS:
        return None
    copy = etree.Element(name)
    for attribute, value in element.attrib.items():
        if attribute in _ATTRIBUTES:
            copy.set(str(attribute), _colour(str(value)))
    if any(name.startswith(HOVER) for name in _classes(element)):
        for child in element:
            copy.append(_catcher(child))
        return copy
    copy.text = element.text
    for child in element:
        kept = _allowed(child)
        if kept is not None:
            copy.append(kept)
    return copy


def _colour(value: str) -> str:
    variable = COLOURS.get(value.lower())
    return f"var({variable})" if variable else value


def _catcher(mark: etree._Element) -> etree._Element:
    copy = etree.Element("path", d=mark.get("d", ""))
    copy.set("data-tip", mark.get("aria-label", ""))
    return copy
