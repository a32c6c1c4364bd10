"""A small web app for this machine: give it videos, watch them being localized, read and take away the results.

browser ──HTTP on 127.0.0.1──▶ server (no torch, no libav) ──one order at a time──▶ worker (localizer)
                                  │                                                   │
                              jobs.sqlite3 · jobs/ID/video ◀──────── jobs/ID/results ─┘
"""
