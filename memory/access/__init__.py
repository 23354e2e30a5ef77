"""Pure rules: who a source permits, what policy makes of it, and under which conditions."""
