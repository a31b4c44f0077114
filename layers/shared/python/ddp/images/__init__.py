"""Images: conversions, for functions with the layer `images`, which has Pillow; problems of those in e-mails."""
