"""Where tutorials go wrong: naive code, how it breaks, its repair, all of it run."""
