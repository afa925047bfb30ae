"""A small SavedModel with an oblong input, in the environment `convert`: make_saved_model.py FOLDER."""

import sys

import tensorflow
from tensorflow import keras

keras.utils.set_random_seed(0)
image = keras.Input((32, 48, 3), batch_size=1)
x = keras.layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(image)
x = keras.layers.Conv2D(4, 1)(x)
tensorflow.saved_model.save(keras.Model(image, keras.layers.Reshape((-1, 4))(x)), sys.argv[1])
