"""Judge a target against the contract of the Ably REST API.

    pytest                                               the embedded reference server
    pytest --profile sandbox --target https://host       any server that makes applications with POST /apps
    ABLY_API_KEY=app.key:secret pytest --target https://host
    pytest -k DEV-07                                     one requirement
    pytest conformance/selftest                          the suite itself

What came out is in reports/latest: open report.html.
"""

pytest_plugins = ["conformance.plugin"]
