"""URLs that carry a key: how they are written down, in the archive, in messages and in logs.

A signed link (Amazon S3, Azure, CloudFront, Google) opens a file to whoever holds it, until it
expires; it is asked for as it is, and recorded without its key.
"""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

#: parameters of a query that are keys, or parts of one, by their names in small letters
KEY = re.compile(
    r"x-(?:amz|goog|ms)-.*|awsaccesskeyid|googleaccessid|key-pair-id|policy|expires"
    r"|s[vertpi]|sig|.*signature.*|.*token.*|.*(?:api|access)[-_]?key.*|.*secret.*|passw(?:or)?d"
)


def without_keys(url: str) -> str:
    """The URL without user, password and keys in its query; any other text as it is."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.partition("?")[0]
    query = parts.query
    parameters = parse_qsl(query, keep_blank_values=True)
    kept = [(name, value) for name, value in parameters if not KEY.fullmatch(name.lower())]
    if len(kept) < len(parameters):
        query = urlencode(kept)
    host = parts.netloc.rpartition("@")[2]
    if (host, query) == (parts.netloc, parts.query):
        return url
    return urlunsplit(parts._replace(netloc=host, query=query))
