"""How texts are compared with what rules look for."""
