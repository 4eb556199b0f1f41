"""Phone files: what each desk phone and softphone fetches from its provisioning servers."""
