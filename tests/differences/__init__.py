"""What the two frameworks do differently when left alone, observed on all six cells."""
