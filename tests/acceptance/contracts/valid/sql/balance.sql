SELECT dummy FROM system.one WHERE dummy = 1
