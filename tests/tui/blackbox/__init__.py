"""The black box: counters, bundles, and bundles that lie."""
