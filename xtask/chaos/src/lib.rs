//! A storm of faults against real processes, and the check afterwards.
