"""The nouns of the product and the ports through which its walks reach the world; standard library only."""
