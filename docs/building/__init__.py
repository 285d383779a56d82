"""What makes the site: pages are staged with the code they show, then Zensical runs."""
