"""Stands in for the client package of the Fluxion service."""
